-- The two roles and the database, made once by a superuser. The passwords are psql's variables owner_password and
-- application_password.
CREATE ROLE daybook LOGIN PASSWORD :'owner_password';
CREATE ROLE daybook_app LOGIN PASSWORD :'application_password';
CREATE DATABASE daybook OWNER daybook;

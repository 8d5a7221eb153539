package pgtest

// TriggersOff and TriggersOn are statements of a superuser's session, between which no triggers are called: not even those that
// are called whatever session_replication_role is. They fill tables as if it had been long ago.
const (
	TriggersOff = `DO $$ DECLARE t record; BEGIN
		FOR t IN SELECT tgrelid::regclass AS relation, tgname AS name FROM pg_trigger WHERE tgenabled = 'A' ORDER BY 1, 2 LOOP
			EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', t.relation, t.name);
		END LOOP;
		SET session_replication_role = replica;
	END $$`
	TriggersOn = `DO $$ DECLARE t record; BEGIN
		FOR t IN SELECT tgrelid::regclass AS relation, tgname AS name FROM pg_trigger WHERE tgenabled = 'D' ORDER BY 1, 2 LOOP
			EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.relation, t.name);
		END LOOP;
		SET session_replication_role = origin;
	END $$`
)

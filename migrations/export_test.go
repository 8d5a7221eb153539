package migrations

// Patiently is patiently, for tests of this package.
var Patiently = patiently

// Package canonical is the write side: it alone changes the canonical rows, the only truth there is.
//
// Every exported write is one transaction. It checks the caller's role and the whole input first, collecting every user
// error, and saves only if there is none, so a write is all or nothing. User errors come back as *Invalid, one entry for
// each mistake, with the path of the input field. Any other error is not the caller's fault, and its text is for the
// log, not for the caller.
//
// A write reads from the top: the exported method calls Store.transact with the roles that may make it, and works on
// the unit of work that it is given; helpers are methods of that unit of work.
//
// Rules that the database holds, it holds under named constraints; the file of each topic says which user errors they
// are (registerConstraints). They matter when two writers race past the checks made here.
//
// Triggers note in the transaction which read models a write has left behind; the last statement before its COMMIT, which
// Wake queues, enqueues the job that refreshes them: with the write or not at all.
//
// Records are named by their key within the actor's organization. A record of another organization does not exist.
//
// Changes take the version that the caller has read: if the record is at another one, the only user error is a CONFLICT
// at `expectedVersion`; nil changes whatever is there. Creations take an idempotency key: a caller who got no answer
// asks again with the same key and input, also at the same time, and gets the same record; the same key with another
// input is a user error; nil always creates a new record.
package canonical

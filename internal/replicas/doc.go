// Package replicas chooses a streaming standby of the database that has replayed all that a read must show.
//
// A Position is a place in the primary's write-ahead log. A transaction that has been answered has its commit record before the
// position that Reached returns afterwards, so a standby that has replayed the log up to there shows it, together with the marks of
// what it has put behind: reads of projections are exact there as well.
//
// A Set follows its replicas. At returns one that has come to a position, after a bounded wait, or none: the caller then reads from
// the primary. A server that was promoted, or that does not answer, is not chosen until it stands by again.
package replicas

// Package notifications tells users what has happened, in the ways that they have chosen.
//
// Advance reads the feed of changes of an organization, finds out which events users can be told of, and saves a notification for
// each of those who must be told then, in the transaction that moves the organization's position in the feed. What the calendar
// brings, bills that fall due and invoices that are overdue, is told once the organization's day has begun; Drift tells operators of
// read models that differed from their definitions. Who must be told is read from memberships and settings as they are at that
// moment, never from a stored copy. The key of occasion, user and way is unique: nobody is told twice.
//
// A user who wants one e-mail a day has theirs held until Digests puts them into one.
//
// Notifications in the application are there when that transaction commits. E-mails are claimed and settled by workers, as
// package webhooks does; a Mailer hands them to an SMTP server. A worker that dies after the server has taken a mail, and before
// that is noted, sends it again, with the same Message-ID: SMTP has no way to ask what a server has taken.
//
// The package knows neither River nor GraphQL, and stands beside the layers: jobs call it.
package notifications

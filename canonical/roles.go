package canonical

import (
	"slices"

	"daybook/graph/model"
)

// roles are the roles that may make a write.
type roles []model.Role

var (
	// editors record daily facts: people, sales, drafts of shifts.
	editors = roles{model.RoleOwner, model.RoleManager, model.RoleStaff}
	// drafters draft documents, and record payments received, and today's incomes and expenses.
	drafters = roles{model.RoleOwner, model.RoleManager, model.RoleStaff, model.RoleAccountant}
	// bookkeepers approve and void documents, change what is booked, pay out, and keep the accounts and the journal.
	bookkeepers = roles{model.RoleOwner, model.RoleManager, model.RoleAccountant}
	// approvers void sales, change what is published, restate the past, and set the rules: stores, their hours and day parts,
	// products, tax rates, exchange rates, channels, soft locks.
	approvers = roles{model.RoleOwner, model.RoleManager}
	// owners set what cannot be taken back, or holds for all books: hard locks and the fiscal year.
	owners = roles{model.RoleOwner}
	// anyRole is for writes that check the role themselves, and for those of the system, which has none.
	anyRole roles
)

// canApprove reports whether the actor may do what approvers may.
func (a Actor) canApprove() bool { return slices.Contains(approvers, a.Role) }

// keepsBooks reports whether the actor may do what bookkeepers may.
func (a Actor) keepsBooks() bool { return slices.Contains(bookkeepers, a.Role) }

// isOwner reports whether the actor may do what owners may.
func (a Actor) isOwner() bool { return slices.Contains(owners, a.Role) }

package demo

import (
	"context"
	"fmt"
)

// channels writes an organization's channels with their members, and notification preferences of every level: for a type
// or for all, in the organization or in a channel. They are the same in every organization.
func (w *writer) channels(ctx context.Context, b *business) error {
	for _, sql := range []string{`
		INSERT INTO canonical.channels (organization_id, name, description, archived_at, created_at, updated_at)
		SELECT $1, channel.name, channel.description, CASE WHEN channel.archived THEN $3::timestamptz END, $2, $2
		FROM (VALUES ('Back office', 'Invoices, bills and the books', false), ('Deliveries', 'What comes and what goes', false),
			('Old noticeboard', '', true), ('Shop floor', 'Sales and shifts of the day', false)) AS channel (name, description, archived)`, `
		INSERT INTO canonical.channel_members (organization_id, channel_id, user_id, created_at, updated_at)
		SELECT $1, channel.id, member.user_id, $2, $2
		FROM canonical.channels AS channel JOIN canonical.memberships AS member USING (organization_id)
		WHERE organization_id = $1 AND $3::timestamptz IS NOT NULL AND CASE channel.name
			WHEN 'Back office' THEN member.role IN ('owner', 'manager')
			WHEN 'Deliveries' THEN member.role IN ('manager', 'staff')
			ELSE member.role <> 'reader' END ORDER BY channel.id, member.user_id`, `
		INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery, created_at, updated_at)
		SELECT $1, member.user_id, channel.id, wish.type, wish.delivery, $2, $3
		FROM (VALUES
			('owner', NULL, 'invoice_approved', 'mute'),
			('owner', NULL, 'bill_due', 'email'),
			('owner', 'Shop floor', '*', 'mute'),
			('owner', 'Shop floor', 'takings_low', 'push'),
			('manager', NULL, 'sale_refunded', 'email'),
			('manager', 'Back office', 'sale_refunded', 'mute'),
			('manager', 'Deliveries', 'sale_recorded', 'in_app'),
			('staff', NULL, '*', 'mute'),
			('staff', NULL, 'shift_published', 'email'),
			('staff', 'Shop floor', 'shift_changed', 'in_app,push')) AS wish (role, channel, type, delivery)
		JOIN canonical.memberships AS member ON (member.organization_id, member.role) = ($1, wish.role)
		LEFT JOIN canonical.channels AS channel ON (channel.organization_id, channel.name) = ($1, wish.channel)
		ORDER BY wish.role, wish.channel, wish.type`} {
		if _, err := w.tx.Exec(ctx, sql, b.id, b.began(), b.today.AddDate(0, 0, -1)); err != nil {
			return fmt.Errorf("write channels: %w", err)
		}
	}
	return nil
}

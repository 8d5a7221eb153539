package resolvers_test

// Members, channels, and who is told of what.

var _ = addPlans(listsOfNotifications, fillingOfNotifications)

var listsOfNotifications = []list{
	{field: "Query.channels", nodes: "id mySettings { type }", filters: []string{`ids: ["Channel:7"]`, `search: "quartz"`, `archived: true`}},
	{field: "Query.members", nodes: "role user { name } stores { id }", filters: []string{`ids: ["Member:1007"]`, `search: "user"`, `role: OWNER`, `ended: true`}},
	// Nearly everybody in the channel is not told of it.
	{field: "Query.recipients", with: `type: "sale_recorded", channelId: "Channel:7"`, nodes: "delivery user { id }"},
}

// Of many channels, the first ten have two thousand members each.
var fillingOfNotifications = []string{
	`INSERT INTO canonical.users (id, name, email) OVERRIDING SYSTEM VALUE
	SELECT 1000 + g, 'User ' || g, 'user' || g || '@example.com' FROM generate_series(1, 2000) AS g`,
	`INSERT INTO canonical.memberships (organization_id, user_id, role) SELECT $1, 1000 + g, 'staff' FROM generate_series(1, 2000) AS g`,
	`INSERT INTO canonical.channels (organization_id, id, name, archived_at)
	SELECT $1, g, CASE WHEN g % ($3 / 100) = 9 THEN 'Quartz ' ELSE 'Channel ' END || lpad(g::text, 7, '0'), CASE WHEN g % 20 = 0 THEN now() END
	FROM generate_series(1, $3) AS g`,
	`INSERT INTO canonical.channel_members (organization_id, channel_id, user_id)
	SELECT $1, channel, 1000 + g FROM generate_series(1, 10) AS channel, generate_series(1, 2000) AS g`,
	`INSERT INTO canonical.notification_preferences (organization_id, user_id, channel_id, type, delivery)
	SELECT organization_id, user_id, channel_id, 'sale_recorded', 'in_app' FROM canonical.channel_members WHERE user_id % 100 = 7`,
}

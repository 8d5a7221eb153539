package audit_test

import (
	"strings"
	"testing"
	"time"

	"daybook/internal/audit"
	"daybook/internal/pgtest"
)

// Each filter is answered by an index that has the order of the list, and each index answers some query.
func TestPlansOfEvents(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	pool := pgtest.Pool(t)
	super := pgtest.Superuser(t, pool)
	// Two organizations, with a hundred events that each selective filter finds.
	run(t, super, `SET session_replication_role = replica`,
		`INSERT INTO audit.events (organization_id, relation, row_id, action, canonical_type, canonical_id, fields, snapshot, actor_id, request_id, occurred_at)
		SELECT 1 + g % 2, CASE WHEN g % 1000 = 1 THEN 'tax_rates' ELSE 'people' END, '1', CASE WHEN g % 1000 = 3 THEN 'delete' ELSE 'update' END,
			'Person', g % 10000, ARRAY[CASE WHEN g % 1000 = 5 THEN 'phone' ELSE 'email' END], '{}', CASE WHEN g % 1000 = 7 THEN 5 END,
			CASE WHEN g % 4 = 1 THEN 'r-' || g / 10 ELSE '' END, now() - g * interval '1 minute' FROM generate_series(1, 100000) AS g`,
		`VACUUM ANALYZE audit.events`)
	then, action := time.Now().AddDate(0, 0, -30), audit.Delete
	used := map[string]bool{}
	for index, filters := range map[string][]audit.Filter{
		"events_time_idx":     {{}, {From: &then}, {To: &then}},
		"events_entity_idx":   {{CanonicalType: new("Person"), CanonicalID: new(int64(7))}},
		"events_actor_idx":    {{ActorID: new(int64(5))}, {ActorID: new(int64(5)), From: &then}},
		"events_relation_idx": {{Relation: new("tax_rates")}},
		"events_deleted_idx":  {{Action: &action}},
		"events_fields_idx":   {{Field: new("phone")}, {Field: new("phone"), Relation: new("people")}},
		"events_request_idx":  {{RequestID: new("r-777")}},
	} {
		t.Run(index, func(t *testing.T) {
			for _, filter := range filters {
				for _, end := range []bool{false, true} {
					filter.OrganizationID = 2
					sql, args := audit.Query{Filter: filter, Size: 50, FromEnd: end}.Statement()
					plan := strings.Join(lines(t, pool, "EXPLAIN "+sql, args...), "\n")
					if !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan on events") {
						t.Errorf("%+v is not read by %s:\n%s", filter, index, plan)
					}
					used[index] = true
				}
			}
		})
	}
	// A part of the feed is read in the order of its index; that of one record, which has few events, also by the record.
	feed := "events_feed_idx"
	t.Run(feed, func(t *testing.T) {
		for _, query := range []audit.FeedQuery{
			{}, {CanonicalTypes: []string{"Person"}}, {CanonicalTypes: []string{"Person", "Store"}}, {CanonicalType: new("Person"), CanonicalID: new(int64(7))},
		} {
			for _, after := range []*audit.FeedPosition{nil, {Epoch: 1, Transaction: 1}} {
				query.OrganizationID, query.Size, query.After = 2, 50, after
				sql, args := query.Statement()
				plan := strings.Join(lines(t, pool, "EXPLAIN "+sql, args...), "\n")
				read := strings.Contains(plan, feed) || query.CanonicalID != nil && strings.Contains(plan, "events_entity_idx")
				if !read || strings.Contains(plan, "Seq Scan on events") {
					t.Errorf("%+v is not read by %s:\n%s", query, feed, plan)
				}
			}
		}
		used[feed] = true
	})
	// The other indexes serve the triggers and the texts.
	others := map[string]string{
		"events_pkey":    `SELECT id FROM audit.events ORDER BY id LIMIT 1000`,
		"events_row_idx": `SELECT 1 FROM audit.events WHERE relation = 'document_items' AND organization_id = 1 AND row_id = '7' LIMIT 1`,
	}
	for index, sql := range others {
		t.Run(index, func(t *testing.T) {
			if plan := strings.Join(lines(t, pool, "EXPLAIN "+sql), "\n"); !strings.Contains(plan, index) {
				t.Errorf("%s is read by another plan:\n%s", sql, plan)
			}
			used[index] = true
		})
	}
	for _, index := range lines(t, pool, `SELECT indexname::text FROM pg_indexes WHERE schemaname = 'audit' AND tablename = 'events'`) {
		if !used[index] {
			t.Errorf("no query uses %s", index)
		}
	}
}

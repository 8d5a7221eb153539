package canonical

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"daybook/internal/pgtest"
)

// impossible are the rules that no input can break: the store or migrations alone write what they check.
var impossible = []string{
	"people_organization_fkey", "tax_rates_organization_fkey", "products_organization_fkey",
	"documents_organization_fkey", "payments_organization_fkey", "number_series_organization_fkey",
	"idempotency_keys_organization_fkey", "idempotency_keys_key", "operator_actions_failure_done", "api_tokens_hash_form", "api_tokens_session_fkey", "api_tokens_made_with_fkey", "api_tokens_session_expires", "api_tokens_issued_expires", "api_tokens_issued_signed", "api_tokens_signed_hash_form", "api_tokens_signed_hash_key",
	"currencies_code_form", "currencies_exponent", "countries_code_form",
	"number_series_kind", "number_series_kind_key", "documents_kind", "payments_direction",
	"payments_party_role", "accounts_organization_fkey", "accounts_system_role", "accounts_system_role_key",
	"fx_rates_organization_fkey", "money_entries_organization_fkey", "money_entries_kind", "transfers_organization_fkey",
	"journal_entries_organization_fkey", "journal_entries_canonical_type", "journal_entries_purpose",
	"journal_entries_purpose_fields", "journal_entries_posted_on_key", "journal_lines_entry_fkey", "journal_lines_line_key", "journal_lines_line_positive",
	"journal_lines_currency_fkey", "posting_queue_class",
	"organizations_tax_rounding", "documents_tax_rounding", "document_tax_shares_tax_fkey", "document_amounts_document_fkey", "payment_amounts_payment_fkey",
	"shifts_organization_fkey", "shifts_state", "shifts_times_by_state", "channels_organization_fkey", "channels_id_positive",
	"document_items_document_key", "documents_voided_on_after", "payments_voided_on_after", "money_entries_voided_on_after", "transfers_voided_on_after", "credit_allocations_ended_on_after",
	"payment_allocations_ended_on_after", "payment_refunds_ended_on_after",
	"stores_organization_fkey", "sales_organization_fkey", "sales_kind", "sales_tax_rounding",
	"organizations_late_sales", "tills_organization_fkey", "tills_store_key", "till_sessions_day_key", "till_sessions_currency_fkey", "till_sessions_state",
	"till_sessions_state_fields", "day_closes_organization_fkey", "day_closes_session_fkey", "day_closes_till_whole", "day_close_sales_close_fkey",
	"day_close_tenders_close_fkey", "day_close_tenders_tender", "day_close_tenders_tender_key", "day_close_tenders_denominations_paired",
	"day_close_lines_close_fkey", "day_close_lines_account_fkey", "day_close_lines_tax_rate_fkey", "day_close_lines_part", "day_close_lines_kind",
	"day_close_lines_part_fields",
	"webhooks_organization_fkey", "webhooks_secret_length", "webhooks_former_secret", "webhook_positions_webhook_fkey", "webhook_deliveries_state",
	"notification_positions_organization_fkey", "notifications_way", "notifications_state", "notifications_key", "notifications_membership_fkey",
	"notifications_shown", "notifications_read_in_app", "notifications_digest_fkey", "notifications_digested",
	"webhook_deliveries_event_key", "membership_stores_key", "webhook_deliveries_webhook_fkey", "webhook_deliveries_delivered",
}

// Every named rule of the schema has a user error, and every user error a rule. Functions raise some rules and name them
// in their source: those of allocations and of the guards.
func TestEveryConstraintIsMapped(t *testing.T) {
	t.Parallel()
	rows, _ := pgtest.Tx(t).Query(t.Context(), `
		SELECT conname::text FROM pg_constraint WHERE connamespace = 'canonical'::regnamespace AND contype IN ('c', 'f', 'u', 'x')
		UNION SELECT relname::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
			WHERE relnamespace = 'canonical'::regnamespace AND indisunique AND NOT indisprimary
		UNION SELECT rule[1] FROM pg_proc, regexp_matches(prosrc,
				'''((?:payment_allocations_(?:within|same|document)|payment_refunds_(?:payment|same|other)|credit_allocations_(?:same|document)|(?:documents|shifts)_(?:delete|state|hard|party)|accounts_(?:type|control)|money_entries_kind|organizations_(?:base_currency|hard_locked)|journal_entries_(?:hard|soft|posted_by|reversal)|notification_preferences_type)_[a-z]+|journal_entries_(?:immutable|balanced|balanced_by_store)|payment_allocations_day|(?:organizations|stores|notification_digests)_time_zone|membership_stores_owner|memberships_owner_kept|journal_lines_amount_range|operator_actions_operator|sales_(?:recorded_fixed|tax_rounding_of_lines|lines_sum|tenders_sum|refunds_within_sale|refunded_sale_(?:kind|live|store|currency))|sale_lines_(?:derived|refunded_line_of_sale|refunds_within_line)|sales_(?:day_open|hard_locked)|(?:till_sessions|day_closes)_hard_locked|tills_fixed|till_sessions_(?:open|closed|fixed)|till_movements_(?:immutable|within_cash)|day_closes_(?:immutable|sums|balanced)|day_close_sales_(?:reversed|whole))''', 'g') AS rule
			WHERE pronamespace = 'canonical'::regnamespace
		UNION SELECT relname || '_archived' FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname = 'keep_archived'
		ORDER BY 1`)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		mistake, mapped := constraints[name]
		if mapped == slices.Contains(impossible, name) {
			t.Errorf("%s must be either mapped or listed as impossible", name)
		}
		if mapped && (mistake.Code == "" || mistake.Message == "") {
			t.Errorf("%s has an incomplete mapping", name)
		}
	}
	for name := range constraints {
		if !slices.Contains(names, name) {
			t.Errorf("%s is mapped and does not exist", name)
		}
	}
	if !slices.Contains(names, "payment_allocations_within_document") || !slices.Contains(names, "documents_state_forward") {
		t.Error("the raised rules were not found")
	}
}

func TestUnknownErrorsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("x"), &pgconn.PgError{Code: "23505", ConstraintName: "other"}} {
		if got := translate(err); got != err { //nolint:errorlint // the very same error, not one that wraps it
			t.Errorf("%v became %v", err, got)
		}
	}
}

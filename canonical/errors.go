package canonical

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"daybook/graph/model"
)

// Invalid is everything that is wrong with one input; nothing was written.
type Invalid struct {
	// Errors has at least one entry in an error that was returned. Paths name GraphQL input fields joined by dots,
	// list indexes from 0: `addresses.1.postcode`.
	Errors []model.UserError
}

// Error lists the mistakes.
func (e *Invalid) Error() string {
	texts := make([]string, len(e.Errors))
	for i, mistake := range e.Errors {
		texts[i] = strings.TrimPrefix(mistake.Path+": "+mistake.Message, ": ")
	}
	return "invalid input: " + strings.Join(texts, "; ")
}

// addError adds one user error.
func (e *Invalid) addError(path string, code model.UserErrorCode, format string, args ...any) {
	e.Errors = append(e.Errors, model.UserError{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

// err returns the user errors added so far as an error, nil if there are none.
func (e *Invalid) err() error {
	if len(e.Errors) == 0 {
		return nil
	}
	return &Invalid{Errors: e.Errors}
}

// refuse returns one mistake as an error.
func reject(path string, code model.UserErrorCode, message string) error {
	return &Invalid{Errors: []model.UserError{{Path: path, Code: code, Message: message}}}
}

// translate turns the violation of a named constraint into Invalid. Every other error stays as it is.
func translate(err error) error {
	var violation *pgconn.PgError
	if !errors.As(err, &violation) || violation.ConstraintName == "" {
		return err
	}
	mistake, known := constraints[violation.ConstraintName]
	if !known {
		return err
	}
	return &Invalid{Errors: []model.UserError{mistake}}
}

const (
	required  = model.UserErrorCodeRequired
	invalid   = model.UserErrorCodeInvalid
	notFound  = model.UserErrorCodeNotFound
	taken     = model.UserErrorCodeTaken
	conflict  = model.UserErrorCodeConflict
	state     = model.UserErrorCodeState
	exceeds   = model.UserErrorCodeExceeds
	forbidden = model.UserErrorCodeForbidden
)

// constraints says what each named rule of the database means to a caller. Left out are those that no input can break:
// primary keys, and references to the actor's own organization.
var constraints = map[string]model.UserError{
	"organizations_name_given":         {Path: "name", Code: required, Message: "must be given"},
	"organizations_time_zone":          {Path: "timeZone", Code: invalid, Message: "must be UTC or an IANA name such as Australia/Adelaide"},
	"organizations_base_currency_fkey": {Path: "baseCurrency", Code: invalid, Message: "is not a currency code"},
	"users_name_given":                 {Path: "name", Code: required, Message: "must be given"},
	"users_email_form":                 {Path: "email", Code: invalid, Message: "is not an e-mail address"},
	"users_email_key":                  {Path: "email", Code: taken, Message: "is in use"},
	"memberships_organization_fkey":    {Path: "organizationId", Code: notFound, Message: "does not exist"},
	"memberships_user_fkey":            {Path: "userId", Code: notFound, Message: "does not exist"},
	"memberships_role":                 {Path: "role", Code: invalid, Message: "is not a role"},
	"api_tokens_name_given":            {Path: "name", Code: required, Message: "must be given"},
	"api_tokens_hash_key":              {Path: "token", Code: taken, Message: "is in use"},
	"api_tokens_membership_fkey":       {Path: "userId", Code: notFound, Message: "is no member of the organization"},
	"idempotency_keys_key_length":      {Path: "idempotencyKey", Code: invalid, Message: "must have 1 to 200 characters"},

	"people_name_given":           {Path: "givenName", Code: required, Message: "a given name or a family name must be given"},
	"people_date_of_birth_finite": {Path: "dateOfBirth", Code: invalid, Message: "is not a day"},
	"people_email_form":           {Path: "email", Code: invalid, Message: "is not an e-mail address"},
	"people_phone_given":          {Path: "phone", Code: required, Message: "must not be blank"},
	"people_external_ref_given":   {Path: "externalRef", Code: required, Message: "must not be blank"},
	"people_external_ref_key":     {Path: "externalRef", Code: taken, Message: "is in use"},
	"addresses_person_fkey":       {Path: "id", Code: notFound, Message: "does not exist"},
	"addresses_position_positive": {Path: "addresses", Code: invalid, Message: "positions begin at 1"},
	"addresses_position_key":      {Path: "addresses", Code: conflict, Message: "two addresses have one position"},
	"addresses_street_given":      {Path: "addresses", Code: required, Message: "each address needs a street"},
	"addresses_postcode_form":     {Path: "addresses", Code: invalid, Message: "a postcode is not of its form"},
	"addresses_country_fkey":      {Path: "addresses", Code: invalid, Message: "a country is not a country code"},

	"tax_rates_name_given":       {Path: "name", Code: required, Message: "must be given"},
	"tax_rates_name_key":         {Path: "name", Code: taken, Message: "is in use"},
	"tax_rates_percentage_range": {Path: "percentage", Code: invalid, Message: "must be from 0 to 100"},
	"products_sku_given":         {Path: "sku", Code: required, Message: "must be given"},
	"products_sku_key":           {Path: "sku", Code: taken, Message: "is in use"},
	"products_name_given":        {Path: "name", Code: required, Message: "must be given"},
	"products_unit_price_range":  {Path: "unitPrice", Code: invalid, Message: "must not be negative or too large"},
	"products_currency_fkey":     {Path: "currency", Code: invalid, Message: "is not a currency code"},
	"products_tax_rate_fkey":     {Path: "taxRateId", Code: notFound, Message: "does not exist"},

	"number_series_next_value_positive":     {Path: "id", Code: state, Message: "the number series is used up"},
	"documents_party_fkey":                  {Path: "customerId", Code: notFound, Message: "does not exist"},
	"documents_issued_on_finite":            {Path: "issuedOn", Code: invalid, Message: "is not a day"},
	"documents_due_on_finite":               {Path: "dueOn", Code: invalid, Message: "is not a day"},
	"documents_due_after_issue":             {Path: "dueOn", Code: invalid, Message: "must not be before the day of issue"},
	"documents_currency_fkey":               {Path: "currency", Code: invalid, Message: "is not a currency code"},
	"documents_external_ref_given":          {Path: "externalRef", Code: required, Message: "must not be blank"},
	"documents_external_ref_key":            {Path: "externalRef", Code: taken, Message: "is in use"},
	"documents_number_key":                  {Path: "id", Code: conflict, Message: "the next number is in use"},
	"documents_number_by_state":             {Path: "id", Code: state, Message: "only a draft has no number"},
	"documents_times_by_state":              {Path: "id", Code: state, Message: "the document's state does not allow this"},
	"documents_state":                       {Path: "id", Code: state, Message: "is not a state"},
	"documents_state_forward":               {Path: "id", Code: state, Message: "a document goes from draft to approved to void"},
	"documents_delete_draft":                {Path: "id", Code: state, Message: "only drafts are deleted"},
	"documents_hard_locked":                 {Path: "issuedOn", Code: state, Message: "the books are closed for that day"},
	"documents_party_locked":                {Path: "issuedOn", Code: state, Message: "the books are closed or locked for that day"},
	"document_items_document_fkey":          {Path: "id", Code: notFound, Message: "does not exist"},
	"document_items_product_fkey":           {Path: "items", Code: notFound, Message: "a product does not exist"},
	"document_items_line_positive":          {Path: "items", Code: invalid, Message: "lines begin at 1"},
	"document_items_line_key":               {Path: "items", Code: conflict, Message: "two items have one line"},
	"document_items_description_given":      {Path: "items", Code: required, Message: "each item needs a description"},
	"document_items_quantity_not_zero":      {Path: "items", Code: invalid, Message: "a quantity is zero"},
	"document_items_unit_price_range":       {Path: "items", Code: invalid, Message: "a price is too large"},
	"document_items_net_range":              {Path: "items", Code: invalid, Message: "an amount is too large"},
	"document_item_taxes_item_fkey":         {Path: "items", Code: notFound, Message: "an item does not exist"},
	"document_item_taxes_tax_rate_fkey":     {Path: "items", Code: notFound, Message: "a tax rate does not exist"},
	"document_item_taxes_position_positive": {Path: "items", Code: invalid, Message: "positions begin at 1"},
	"document_item_taxes_position_key":      {Path: "items", Code: conflict, Message: "two taxes have one position"},
	"document_item_taxes_tax_rate_key":      {Path: "items", Code: invalid, Message: "a tax rate is named twice"},
	"document_item_taxes_percentage_range":  {Path: "items", Code: invalid, Message: "a percentage is not from 0 to 100"},

	"payments_party_fkey":                   {Path: "customerId", Code: notFound, Message: "does not exist"},
	"payments_paid_on_finite":               {Path: "paidOn", Code: invalid, Message: "is not a day"},
	"payments_method":                       {Path: "method", Code: invalid, Message: "is not a method"},
	"payments_currency_fkey":                {Path: "currency", Code: invalid, Message: "is not a currency code"},
	"payments_amount_range":                 {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
	"payments_external_ref_given":           {Path: "externalRef", Code: required, Message: "must not be blank"},
	"payments_external_ref_key":             {Path: "externalRef", Code: taken, Message: "is in use"},
	"payment_allocations_payment_fkey":      {Path: "id", Code: notFound, Message: "does not exist"},
	"payment_allocations_document_fkey":     {Path: "allocations", Code: notFound, Message: "a document does not exist"},
	"payment_allocations_pair_key":          {Path: "allocations", Code: invalid, Message: "an invoice is named twice"},
	"payment_allocations_amount_range":      {Path: "allocations", Code: invalid, Message: "an amount is not positive or too large"},
	"payment_allocations_document_approved": {Path: "allocations", Code: state, Message: "only an approved invoice is paid, and it stays approved while it is"},
	"payment_allocations_same_currency":     {Path: "allocations", Code: invalid, Message: "the invoice has another currency than the payment"},
	"payment_allocations_same_party":        {Path: "allocations", Code: invalid, Message: "the invoice has another customer than the payment"},
	"payment_allocations_within_payment":    {Path: "allocations", Code: exceeds, Message: "more is allocated than was paid"},
	"payment_allocations_within_document":   {Path: "allocations", Code: exceeds, Message: "more is allocated than is due"},

	"documents_fx_rate_range":                {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
	"documents_state_fixed":                  {Path: "fxRate", Code: state, Message: "the kind and the rate of an approved document are fixed"},
	"document_items_account_fkey":            {Path: "items", Code: notFound, Message: "an account does not exist"},
	"payments_fx_rate_range":                 {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
	"payments_account_fkey":                  {Path: "accountId", Code: notFound, Message: "does not exist"},
	"payment_allocations_same_direction":     {Path: "allocations", Code: invalid, Message: "the document is not settled by such a payment"},
	"credit_allocations_credit_note_fkey":    {Path: "id", Code: notFound, Message: "does not exist"},
	"credit_allocations_document_fkey":       {Path: "allocations", Code: notFound, Message: "an invoice does not exist"},
	"credit_allocations_pair_key":            {Path: "allocations", Code: invalid, Message: "an invoice is named twice"},
	"credit_allocations_amount_range":        {Path: "allocations", Code: invalid, Message: "an amount is not positive or too large"},
	"credit_allocations_document_approved":   {Path: "allocations", Code: state, Message: "a credit needs an approved credit note and an approved invoice"},
	"credit_allocations_same_direction":      {Path: "allocations", Code: invalid, Message: "a credit note reduces invoices only"},
	"credit_allocations_same_currency":       {Path: "allocations", Code: invalid, Message: "the invoice has another currency than the credit note"},
	"credit_allocations_same_party":          {Path: "allocations", Code: invalid, Message: "the invoice has another customer than the credit note"},
	"accounts_code_form":                     {Path: "code", Code: invalid, Message: "must be letters, digits, points and dashes"},
	"accounts_code_key":                      {Path: "code", Code: taken, Message: "is in use"},
	"accounts_name_given":                    {Path: "name", Code: required, Message: "must be given"},
	"accounts_type":                          {Path: "type", Code: invalid, Message: "is not a type"},
	"accounts_type_fixed":                    {Path: "id", Code: state, Message: "an account keeps its type and its role"},
	"accounts_control_kept":                  {Path: "accountId", Code: invalid, Message: keptByRecords},
	"accounts_system_role_live":              {Path: "archived", Code: state, Message: "the postings need this account"},
	"fx_rates_currency_fkey":                 {Path: "currency", Code: invalid, Message: "is not a currency code"},
	"fx_rates_valid_from_finite":             {Path: "validFrom", Code: invalid, Message: "is not a day"},
	"fx_rates_rate_range":                    {Path: "rate", Code: invalid, Message: "must be positive and not too large"},
	"fx_rates_day_key":                       {Path: "validFrom", Code: taken, Message: "the day has a rate"},
	"organizations_base_currency_fixed":      {Path: "baseCurrency", Code: state, Message: "is fixed once something is booked"},
	"organizations_soft_locked_until_finite": {Path: "softLockedUntil", Code: invalid, Message: "is not a day"},
	"organizations_hard_locked_until_finite": {Path: "hardLockedUntil", Code: invalid, Message: "is not a day"},
	"organizations_hard_locked_forward":      {Path: "hardLockedUntil", Code: state, Message: "only moves forward"},
	"organizations_hard_locked_drafts":       {Path: "hardLockedUntil", Code: state, Message: "drafts are dated in the period"},
	"organizations_fiscal_year_start_month":  {Path: "startMonth", Code: invalid, Message: "must be from 1 to 12"},
	"journal_lines_amount_range":             {Path: "fxRate", Code: invalid, Message: "the amount in the base currency is too large"},
	"journal_entries_hard_locked":            {Path: "", Code: state, Message: "the books are closed for that day"},
	"journal_entries_soft_locked":            {Path: "", Code: state, Message: "the books are locked for that day"},
	"journal_entries_immutable":              {Path: "id", Code: state, Message: "the journal is not changed, only reversed"},
	"journal_entries_posted_by_record":       {Path: "id", Code: state, Message: "the entry follows from a record: change that"},
	"journal_entries_balanced":               {Path: "lines", Code: invalid, Message: "must be at least two and sum to zero"},
	"journal_entries_reversal_exact":         {Path: "lines", Code: invalid, Message: "a reversal undoes exactly what it reverses"},
	"journal_entries_reversed_once":          {Path: "id", Code: state, Message: "is reversed already"},
	"journal_entries_reverses_fkey":          {Path: "id", Code: notFound, Message: "does not exist"},
	"journal_entries_posted_on_finite":       {Path: "postedOn", Code: invalid, Message: "is not a day"},
	"journal_lines_account_fkey":             {Path: "lines", Code: notFound, Message: "an account does not exist"},

	"money_entries_account_fkey":       {Path: "accountId", Code: notFound, Message: "does not exist"},
	"money_entries_money_account_fkey": {Path: "moneyAccountId", Code: notFound, Message: "does not exist"},
	"money_entries_party_fkey":         {Path: "partyId", Code: notFound, Message: "does not exist"},
	"money_entries_tax_rate_fkey":      {Path: "taxRateId", Code: notFound, Message: "does not exist"},
	"money_entries_occurred_on_finite": {Path: "occurredOn", Code: invalid, Message: "is not a day"},
	"money_entries_currency_fkey":      {Path: "currency", Code: invalid, Message: "is not a currency code"},
	"money_entries_fx_rate_range":      {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
	"money_entries_amount_range":       {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
	"money_entries_external_ref_given": {Path: "externalRef", Code: required, Message: "must not be blank"},
	"money_entries_external_ref_key":   {Path: "externalRef", Code: taken, Message: "is in use"},
	"money_entries_accounts_differ":    {Path: "moneyAccountId", Code: invalid, Message: "must be another account"},

	"transfers_from_account_fkey":        {Path: "fromAccountId", Code: notFound, Message: "does not exist"},
	"transfers_to_account_fkey":          {Path: "toAccountId", Code: notFound, Message: "does not exist"},
	"transfers_occurred_on_finite":       {Path: "occurredOn", Code: invalid, Message: "is not a day"},
	"transfers_currency_fkey":            {Path: "currency", Code: invalid, Message: "is not a currency code"},
	"transfers_fx_rate_range":            {Path: "fxRate", Code: invalid, Message: "must be positive and not too large"},
	"transfers_amount_range":             {Path: "amount", Code: invalid, Message: "must be positive and not too large"},
	"transfers_external_ref_given":       {Path: "externalRef", Code: required, Message: "must not be blank"},
	"transfers_external_ref_key":         {Path: "externalRef", Code: taken, Message: "is in use"},
	"transfers_accounts_differ":          {Path: "toAccountId", Code: invalid, Message: "must be another account"},
	"money_entries_kind_fixed":           {Path: "id", Code: state, Message: "an income stays an income, an expense an expense"},
	"money_entries_tax_percentage_range": {Path: "taxRateId", Code: invalid, Message: "a percentage is not from 0 to 100"},
	"transfers_fee_range":                {Path: "fee", Code: invalid, Message: "must not be negative or too large"},

	"channels_name_given":                       {Path: "name", Code: required, Message: "must be given"},
	"channels_name_key":                         {Path: "name", Code: taken, Message: "is in use"},
	"channel_members_channel_fkey":              {Path: "id", Code: notFound, Message: "does not exist"},
	"channel_members_membership_fkey":           {Path: "userIds", Code: notFound, Message: "somebody is no member of the organization"},
	"channel_members_key":                       {Path: "userIds", Code: conflict, Message: "somebody was added meanwhile"},
	"notification_preferences_delivery":         {Path: "delivery", Code: invalid, Message: "is not a delivery"},
	"notification_preferences_whole_is_mute":    {Path: "type", Code: required, Message: "must be given: all types together can only be muted"},
	"notification_preferences_type_known":       {Path: "type", Code: notFound, Message: "does not exist"},
	"notification_preferences_type_scope":       {Path: "channelId", Code: invalid, Message: "the type does not happen in channels"},
	"notification_preferences_membership_fkey":  {Path: "userId", Code: notFound, Message: "is no member of the organization"},
	"notification_preferences_channel_fkey":     {Path: "channelId", Code: notFound, Message: "does not exist"},
	"notification_preferences_organization_key": {Path: "type", Code: conflict, Message: "was set meanwhile"},
	"notification_preferences_channel_key":      {Path: "type", Code: conflict, Message: "was set meanwhile"},

	"stores_name_given":                    {Path: "name", Code: required, Message: "must be given"},
	"stores_name_key":                      {Path: "name", Code: taken, Message: "is in use"},
	"stores_time_zone":                     {Path: "timeZone", Code: invalid, Message: "must be UTC or an IANA name such as Australia/Adelaide"},
	"stores_business_day_start_range":      {Path: "businessDayStart", Code: invalid, Message: "is not a time of day"},
	"stores_external_ref_given":            {Path: "externalRef", Code: required, Message: "must not be blank"},
	"stores_external_ref_key":              {Path: "externalRef", Code: taken, Message: "is in use"},
	"store_hours_store_fkey":               {Path: "id", Code: notFound, Message: "does not exist"},
	"store_hours_valid_some_days":          {Path: "effectiveFrom", Code: invalid, Message: "is not a day"},
	"store_hours_weekday_range":            {Path: "periods", Code: invalid, Message: "a weekday is not one"},
	"store_hours_start_range":              {Path: "periods", Code: invalid, Message: "a start is not a time of day"},
	"store_hours_length_range":             {Path: "periods", Code: invalid, Message: "a length is not from 1 minute to 24 hours"},
	"store_hours_do_not_overlap":           {Path: "periods", Code: invalid, Message: "two periods overlap"},
	"store_hour_exceptions_store_fkey":     {Path: "id", Code: notFound, Message: "does not exist"},
	"store_hour_exceptions_date_finite":    {Path: "exceptions", Code: invalid, Message: "a date is not a day"},
	"store_hour_exceptions_start_range":    {Path: "exceptions", Code: invalid, Message: "a start is not a time of day"},
	"store_hour_exceptions_length_range":   {Path: "exceptions", Code: invalid, Message: "a length is not from 1 minute to 24 hours"},
	"store_hour_exceptions_closed_or_open": {Path: "exceptions", Code: invalid, Message: "a date is closed or has periods"},
	"store_hour_exceptions_do_not_overlap": {Path: "exceptions", Code: invalid, Message: "two periods overlap"},
	"store_hour_exceptions_one_kind_a_day": {Path: "exceptions", Code: invalid, Message: "a date is closed or has periods"},
	"store_hour_exceptions_closed_key":     {Path: "exceptions", Code: invalid, Message: "a date is named twice"},
	"day_parts_store_fkey":                 {Path: "id", Code: notFound, Message: "does not exist"},
	"day_parts_valid_some_days":            {Path: "effectiveFrom", Code: invalid, Message: "is not a day"},
	"day_parts_name_given":                 {Path: "parts", Code: required, Message: "each part needs a name"},
	"day_parts_name_once":                  {Path: "parts", Code: taken, Message: "two parts have one name"},
	"day_parts_start_range":                {Path: "parts", Code: invalid, Message: "a start is not a time of day"},
	"day_parts_length_range":               {Path: "parts", Code: invalid, Message: "a length is not from 1 minute to 24 hours"},
	"day_parts_do_not_overlap":             {Path: "parts", Code: invalid, Message: "two parts overlap"},

	"shifts_store_fkey":           {Path: "storeId", Code: notFound, Message: "does not exist"},
	"shifts_person_fkey":          {Path: "personId", Code: notFound, Message: "does not exist"},
	"shifts_external_ref_given":   {Path: "externalRef", Code: required, Message: "must not be blank"},
	"shifts_external_ref_key":     {Path: "externalRef", Code: taken, Message: "is in use"},
	"shifts_during_form":          {Path: "endsAt", Code: invalid, Message: "must be after the start"},
	"shifts_during_years":         {Path: "startsAt", Code: invalid, Message: "must be in the years 2000 to 2199"},
	"shifts_during_whole_minutes": {Path: "startsAt", Code: invalid, Message: "must be a whole minute"},
	"shifts_during_length":        {Path: "endsAt", Code: invalid, Message: "a shift lasts from 1 minute to 24 hours"},
	"shifts_do_not_overlap":       {Path: "personId", Code: taken, Message: "the person has another shift at that time"},
	"shifts_delete_draft":         {Path: "id", Code: state, Message: "only drafts are deleted; a published shift is cancelled"},
	"shifts_state_store":          {Path: "storeId", Code: state, Message: "a published shift keeps its store"},
	"shifts_state_forward":        {Path: "id", Code: state, Message: "is cancelled"},

	"sales_store_fkey":         {Path: "sales", Code: notFound, Message: "a store does not exist"},
	"sales_person_fkey":        {Path: "sales", Code: notFound, Message: "a person does not exist"},
	"sales_occurred_at_range":  {Path: "sales", Code: invalid, Message: "a time is not from the year 1900 to 2199"},
	"sales_currency_fkey":      {Path: "sales", Code: invalid, Message: "a currency is not a currency code"},
	"sales_amount_range":       {Path: "sales", Code: invalid, Message: "an amount is not positive or too large"},
	"sales_external_ref_given": {Path: "sales", Code: required, Message: "a reference must not be blank"},
	"sales_external_ref_key":   {Path: "sales", Code: taken, Message: "a reference is in use"},
}

// PostGraphile over the stored rows, with the relations that the measured queries follow.
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { makePgService } from 'postgraphile/adaptors/pg';
import { jsonPgSmartTags } from 'postgraphile/utils';

const refers = (column, to, key, field, many) => ({
  tags: { foreignKey: `(organization_id, ${column}) references projection.${to} (organization_id, ${key})|@fieldName ${field}|@foreignFieldName ${many}` },
});
const relations = jsonPgSmartTags({ version: 1, config: { class: {
  'projection.document_summaries': refers('party_id', 'people_summaries', 'person_id', 'customer', 'documents'),
  'projection.document_items': refers('document_id', 'document_summaries', 'document_id', 'document', 'items'),
  'projection.document_payments': refers('document_id', 'document_summaries', 'document_id', 'document', 'payments'),
} } });

export default {
  extends: [PostGraphileAmberPreset],
  plugins: [relations],
  // As many connections as Daybook's pages and nested reads have together.
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ['projection'], pubsub: false, poolConfig: { max: 24 } })],
  grafserv: { graphiql: false, watch: false },
};

// What relay-compiler makes artifacts of. Fragments stand on every type that can be fetched again by its id.
import { graphql } from 'relay-runtime';

export const people = graphql`
  query documentsPeopleQuery($count: Int!, $cursor: String) {
    ...documentsPeople @arguments(count: $count, cursor: $cursor)
  }
`;
export const page = graphql`
  fragment documentsPeople on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 3 }, cursor: { type: "String" })
  @refetchable(queryName: "documentsPeoplePageQuery") {
    people(first: $count, after: $cursor) @connection(key: "documents_people") {
      edges { node { id givenName } }
    }
  }
`;
export const rename = graphql`
  mutation documentsRenameMutation($id: ID!, $name: String!) {
    personUpdate(id: $id, input: { givenName: $name }) { record { id givenName } userErrors { code } }
  }
`;
export const user = graphql`fragment documentsUser on User @refetchable(queryName: "documentsUserQuery") { name }`;
export const organization = graphql`fragment documentsOrganization on Organization @refetchable(queryName: "documentsOrganizationQuery") { name }`;
export const event = graphql`fragment documentsEvent on AuditEvent @refetchable(queryName: "documentsEventQuery") { text }`;
export const invoice = graphql`fragment documentsInvoice on Invoice @refetchable(queryName: "documentsInvoiceQuery") { number customer { givenName } }`;

// Package selection answers selections of rows breadth-first.
//
// gqlgen executes a selection depth-first: for every field of every row it makes a context, and for every element of a list
// a goroutine. For a list of fifty rows that costs several times what the database takes to find them. A selection of
// nothing but columns, of values that follow from a row, and of declared relations needs none of that. It is compiled into
// a plan, once for each document:
//
//	{ invoices(first: 50) { nodes { number customer { fullName } items { description } } } }
//
//	rows of invoices      number
//	  rows of people      by the customer's key     fullName
//	  rows of items       by the invoice's key      description
//
// The root field's rows are read first, by its resolver. Then Plan.Read goes down level by level: it collects the keys that
// the rows of one level have for all relations, each key once, and has the rows of all these relations read together.
// At last a Writer appends the whole answer as JSON to one buffer, in the order of the selection.
//
// Every object type has an Object. What it says of columns is generated from the schema and from what gqlgen binds its
// fields to (objects.generated.go), so a value is written without reflection, exactly as gqlgen writes it. Relations and
// computed fields are declared by package resolvers, which answers them for gqlgen too.
//
// gqlgen stays the reference. Compile refuses a selection with anything else in it: a field with arguments, or one that only
// a resolver answers. And where an answer is not plain, because a row is missing that the schema promises, the writer
// returns nothing. In both cases the caller leaves the field to gqlgen, which makes the errors, their paths and the nulls
// that follow from them. So this package never answers an error.
package selection

package resolvers

// WrittenFields is how many root fields compiled selections have answered in this process.
var WrittenFields = &writtenFields

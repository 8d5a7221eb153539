package resolvers

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// refuseFields returns the error that refuse returns for the first field in a selection, with its path from there; nil if there
// is none. listed is set below a list, of which the path tells no rows.
func refuseFields(set ast.SelectionSet, listed bool, refuse func(*ast.Field) *gqlerror.Error) (err *gqlerror.Error) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if err = refuse(s); err == nil {
				err = refuseFields(s.SelectionSet, listed || s.Definition.Type.Elem != nil, refuse)
			}
			if err != nil && !listed {
				err.Path = slices.Insert(err.Path, 0, ast.PathElement(ast.PathName(s.Alias)))
			}
		case *ast.InlineFragment:
			err = refuseFields(s.SelectionSet, listed, refuse)
		case *ast.FragmentSpread:
			err = refuseFields(s.Definition.SelectionSet, listed, refuse)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// located returns an error with the place in the document that it is about.
func located(err *gqlerror.Error, at *ast.Position) *gqlerror.Error {
	err.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
	return err
}

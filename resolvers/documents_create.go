package resolvers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"daybook/canonical"
	"daybook/graph/model"
)

// savedRows is what became of a bulk.
type savedRows struct {
	saved, refused int
	ids            []*model.ID // by the place of the row; empty when nothing was saved
	mistakes       []model.UserError
}

// createDocuments saves a bulk of documents of one kind, which is the field name of the input.
func createDocuments(ctx context.Context, r *mutationResolver, kind model.DocumentKind, name string, inputs []model.DocumentCreateInput, policy model.BulkErrorPolicy) (savedRows, error) {
	who := actor(ctx)
	var err error
	if who.Once, err = once(ctx); err != nil {
		return savedRows{}, err
	}
	list := make([]canonical.NewDocument, len(inputs))
	for i, in := range inputs {
		list[i] = canonical.NewDocument{Kind: kind, DocumentCreateInput: in}
	}
	saved, err := r.store.DocumentsCreate(ctx, who, name, list, policy == model.BulkErrorPolicySkipAndReport)
	if invalid, wrong := errors.AsType[*canonical.Invalid](err); wrong {
		return savedRows{refused: len(list), ids: []*model.ID{}, mistakes: listed(invalid.Errors)}, nil
	}
	if err != nil {
		return savedRows{}, err
	}
	return rowsOf(name, kind.Node(), saved.IDs, saved.Mistakes), nil
}

// rowsOf returns what became of the rows of a bulk, which is the field name of the input: their keys, those of records of the type
// node, are 0 for those that were refused, for the mistakes at their places.
func rowsOf(name, node string, keys []int64, mistakes map[int][]model.UserError) savedRows {
	answer := savedRows{ids: make([]*model.ID, len(keys)), mistakes: []model.UserError{}}
	for i, key := range keys {
		if key != 0 {
			answer.saved++
			answer.ids[i] = &model.ID{Type: node, Key: key}
			continue
		}
		answer.refused++
		for _, mistake := range mistakes[i] {
			mistake.Path = strings.TrimSuffix(fmt.Sprintf("%s.%d.%s", name, i, mistake.Path), ".")
			answer.mistakes = append(answer.mistakes, mistake)
		}
	}
	if answer.mistakes = listed(answer.mistakes); answer.saved == 0 {
		answer.ids = []*model.ID{}
	}
	return answer
}

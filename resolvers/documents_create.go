package resolvers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"daybook/canonical"
	"daybook/graph/model"
)

// createdDocuments is what became of a bulk of documents.
type createdDocuments struct {
	created, refused int
	ids              []*model.ID // by the place of the row; empty when nothing was saved
	mistakes         []model.UserError
}

// createDocuments saves a bulk of documents of one kind, which is the field name of the input.
func createDocuments(ctx context.Context, r *mutationResolver, kind model.DocumentKind, name string, inputs []model.DocumentCreateInput, policy model.BulkErrorPolicy) (createdDocuments, error) {
	who := actor(ctx)
	var err error
	if who.Once, err = once(ctx); err != nil {
		return createdDocuments{}, err
	}
	list := make([]canonical.NewDocument, len(inputs))
	for i, in := range inputs {
		list[i] = canonical.NewDocument{Kind: kind, DocumentCreateInput: in}
	}
	saved, err := r.store.DocumentsCreate(ctx, who, name, list, policy == model.BulkErrorPolicySkipAndReport)
	if invalid, wrong := errors.AsType[*canonical.Invalid](err); wrong {
		return createdDocuments{refused: len(list), ids: []*model.ID{}, mistakes: listed(invalid.Errors)}, nil
	}
	if err != nil {
		return createdDocuments{}, err
	}
	answer := createdDocuments{ids: make([]*model.ID, len(list)), mistakes: []model.UserError{}}
	for i, key := range saved.IDs {
		if key != 0 {
			answer.created++
			answer.ids[i] = &model.ID{Type: kind.Node(), Key: key}
			continue
		}
		answer.refused++
		for _, mistake := range saved.Mistakes[i] {
			mistake.Path = strings.TrimSuffix(fmt.Sprintf("%s.%d.%s", name, i, mistake.Path), ".")
			answer.mistakes = append(answer.mistakes, mistake)
		}
	}
	answer.mistakes = listed(answer.mistakes)
	return answer, nil
}

package cli

import (
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/queries/store"
)

// statement is the SQL behind a list for reading: a clause a line, and what stands for each ?.
func statement(e *store.Engine) func(q model.Query, fields []model.Field) ([]string, error) {
	return func(q model.Query, fields []model.Field) ([]string, error) {
		text, args, err := e.Statement(q, fields)
		return clauses(text, args), err
	}
}

func clauses(text string, args []any) []string {
	if text == "" {
		return nil
	}
	for _, clause := range []string{" from ", " where ", " and ", " union all ", " order by "} {
		text = strings.ReplaceAll(text, clause, "\n"+strings.TrimPrefix(clause, " "))
	}
	lines := strings.Split(text, "\n")
	for i, a := range args {
		lines = append(lines, fmt.Sprintf("-- ?%d = %v", i+1, a))
	}
	return lines
}

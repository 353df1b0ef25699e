package store

import (
	"strings"

	"trailsift/model"
	"trailsift/model/secret"
)

// mayHold are the fields that can hold a signature or a token. Nothing that leaves an engine in rows,
// groups, facets or files holds one: marks stand in their places. Filters and the evidence's own bytes
// are as they were.
var mayHold = map[model.Field]bool{
	model.FieldRequest: true, model.FieldResponse: true, model.FieldExtra: true, model.FieldReferer: true, model.FieldAgent: true, model.FieldErrorMessage: true,
}

// hidden is a text as it may leave the engine.
func hidden(f model.Field, text string) string {
	if mayHold[f] {
		return secret.Hide(text)
	}
	if path, ok := model.JSONPath(f); ok {
		return secret.HideNamed(path, text)
	}
	return text
}

// hiddenSQL is hidden for what the database writes itself.
func hiddenSQL(f model.Field, column string) string {
	if !mayHold[f] {
		return column
	}
	pattern := "'" + strings.ReplaceAll(secret.Pattern, "'", "''") + "'"
	return "(case when regexp_matches(" + column + ", " + pattern + ") then list_reduce(list_prepend(" + column + ", regexp_extract_all(" + column + ", " + pattern + ", 1)), " +
		"lambda t, x: replace(t, x, " + secret.MarkSQL("x") + ")) else " + column + " end)"
}

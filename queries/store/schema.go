package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	_ "embed"
)

//go:embed schema.sql
var schemaSQL string

// Format is the version of the schema and of the codes stored in it.
const Format = 1

// checkFormat refuses a case that a newer program made, and tells whether a load was cut short.
func (c *Case) checkFormat(ctx context.Context) (unfinished bool, err error) {
	text, err := c.Fact(ctx, factFormat)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && text == "") {
		return false, fmt.Errorf("%w: the database names no format", ErrNoCase)
	}
	if err != nil {
		return false, err
	}
	format, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return false, fmt.Errorf("%w: its format %q is no number", ErrNoCase, text)
	case format > Format:
		return false, fmt.Errorf("%w: format %d, this one reads up to %d; use the newer program", ErrNewer, format, Format)
	}
	loading, err := c.Fact(ctx, factLoading)
	return loading != "", err
}

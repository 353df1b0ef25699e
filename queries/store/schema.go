package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	_ "embed"
)

//go:embed schema.sql
var schemaSQL string

// schemaColumns is what the database itself says of schema.sql's tables, a column a line. A test
// keeps it true.
//
//go:embed schema.columns
var schemaColumns string

// Format is the version of the schema and of the codes stored in it.
const Format = 3

// checkFormat refuses a case that another version of the program made, and tells whether a load was cut short.
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
	case format < Format:
		return false, fmt.Errorf("%w: format %d, this one reads %d; load its evidence into a new case", ErrOlder, format, Format)
	case format > Format:
		return false, fmt.Errorf("%w: format %d, this one reads %d; use the newer program", ErrNewer, format, Format)
	}
	loading, err := c.Fact(ctx, factLoading)
	return loading != "", err
}

// ErrForeign says that a database holds what trailsift does not make.
var ErrForeign = errors.New("the case's database is not one that trailsift made")

const (
	columnsSQL = `select table_name || '.' || column_name || ' ' || data_type || case when is_nullable then '' else ' not null' end || coalesce(' default ' || column_default, '')
		from duckdb_columns() where database_name = current_database() and not internal and table_name in ('ct_events', 'al_events', 'members', 'rejects', 'objects', 'facts')
		order by table_name, column_index`
	// tops, hours, acts, kinds and verdicts are made by a settling and a verification.
	strangersSQL = `select 'the table ' || schema_name || '.' || table_name from duckdb_tables() where database_name = current_database() and not internal and not temporary
			and (schema_name <> 'main' or table_name not in ('ct_events', 'al_events', 'members', 'rejects', 'objects', 'facts', 'tops', 'hours', 'acts', 'kinds', 'verdicts'))
		union all select 'the view ' || view_name from duckdb_views() where database_name = current_database() and not internal and not temporary
		union all select 'the macro ' || function_name from duckdb_functions() where database_name = current_database() and not internal
		union all select 'the type ' || type_name from duckdb_types() where database_name = current_database() and not internal
		union all select 'the sequence ' || sequence_name from duckdb_sequences() where database_name = current_database() and not temporary
		order by 1 limit 1`
)

// checkSchema refuses a database with other tables, and with views, macros or types, which could give
// our queries another meaning: a case may come from a stranger.
func (c *Case) checkSchema(ctx context.Context) error {
	db, done, err := c.DB(ctx)
	if err != nil {
		return err
	}
	defer done()
	var stranger string
	switch err := db.QueryRowContext(ctx, strangersSQL).Scan(&stranger); {
	case err == nil:
		return fmt.Errorf("%w: it holds %q", ErrForeign, stranger)
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("look at the database's tables: %w", err)
	}
	found, err := listColumns(ctx, db)
	if err != nil {
		return fmt.Errorf("look at the database's columns: %w", err)
	}
	if want := strings.Split(strings.TrimSpace(schemaColumns), "\n"); !slices.Equal(found, want) {
		for i := range max(len(found), len(want)) {
			switch {
			case i >= len(want) || i < len(found) && !slices.Contains(want, found[i]):
				return fmt.Errorf("%w: it has the column %q", ErrForeign, found[i])
			case i >= len(found) || !slices.Contains(found, want[i]):
				return fmt.Errorf("%w: it lacks the column %q", ErrForeign, want[i])
			}
		}
		return fmt.Errorf("%w: its columns stand in another order", ErrForeign)
	}
	return nil
}

func listColumns(ctx context.Context, db *sql.DB) (lines []string, err error) {
	err = each(ctx, db, columnsSQL, nil, func(rows *sql.Rows) error {
		var line string
		err := rows.Scan(&line)
		lines = append(lines, line)
		return err
	})
	return lines, err
}

package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"trailsift/model"
	"trailsift/queries/scratch"
	"trailsift/queries/sqlgen"
)

// Parquet writes the rows of q into a temporary file in the case's exports directory, the only place
// the database may write to. The caller reads it from its beginning and removes it.
func (e *Engine) Parquet(ctx context.Context, q model.Query, fields []model.Field) (*scratch.File, error) {
	if err := os.MkdirAll(e.c.Exports(), 0o700); err != nil {
		return nil, fmt.Errorf("write Parquet: %w", err)
	}
	scratch.Sweep(e.c.Exports())
	f, err := scratch.Create(e.c.Exports())
	if err != nil {
		return nil, fmt.Errorf("write Parquet: %w", err)
	}
	_, err = ask(ctx, e, "write Parquet", func(ctx context.Context, db *sql.DB) (struct{}, error) {
		err := e.copyParquet(ctx, db, q, fields, f.Name())
		if err != nil || ctx.Err() != nil {
			// Nobody waits for a cancelled copy; the database may have made the file anew meanwhile.
			f.Remove()
		}
		return struct{}{}, err
	})
	if err != nil {
		f.Remove()
		return nil, err
	}
	return f, nil
}

func (e *Engine) copyParquet(ctx context.Context, db *sql.DB, q model.Query, fields []model.Field, path string) error {
	all, err := e.branches(q)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		// The columns are there even when no row is.
		if all, err = e.branches(model.Query{}); err != nil {
			return err
		}
		for i := range all {
			all[i].Where, all[i].Args = "false", nil
		}
	}
	text, args, err := listSQL(all, fields, slice{sort: q.Sort})
	if err != nil {
		return err
	}
	names, err := shownColumns(fields)
	if err != nil {
		return err
	}
	at := strings.LastIndex(text, " order by ")
	text = "select " + names + " from (" + text[:at] + ") e left join members m on m.member = e.o_member" + text[at:]
	_, err = db.ExecContext(ctx, "copy ("+text+") to '"+strings.ReplaceAll(filepath.ToSlash(path), "'", "''")+"' (format parquet, compression zstd, use_tmp_file false)", args...)
	return err
}

// shownColumns are the result columns as a reader of the file expects them: names for enums, a list
// for flags, the member's name.
func shownColumns(fields []model.Field) (string, error) {
	out := make([]string, len(fields))
	for i, f := range fields {
		in, ok := model.Lookup(f)
		if !ok || in.Filter {
			return "", &sqlgen.Error{Field: f, Text: "is no field that can be listed"}
		}
		column := `e."` + string(f) + `"`
		switch {
		case in.Kind == model.KindEnum:
			column = fmt.Sprintf("list_extract([%s], nullif(%s, 0))", quoted(in.Values), column)
		case in.Kind == model.KindFlags:
			var parts []string
			for b, name := range model.FlagNames {
				parts = append(parts, fmt.Sprintf("case when (%s & %d) <> 0 then '%s' end", column, 1<<b, name))
			}
			column = "list_filter([" + strings.Join(parts, ", ") + "], lambda x: x is not null)"
		case f == model.FieldMember:
			column = "m.name"
		default:
			column = hiddenSQL(f, column)
		}
		out[i] = column + ` as "` + string(f) + `"`
	}
	return strings.Join(out, ", "), nil
}

// quoted lists names of our own as SQL texts.
func quoted(names []string) string { return "'" + strings.Join(names, "', '") + "'" }

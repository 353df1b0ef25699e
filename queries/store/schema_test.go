package store

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the columns of schema.sql anew")

func TestTheListOfColumnsIsThatOfTheSchema(t *testing.T) {
	c := newTestCase(t)
	db, done, err := c.DB(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	found, err := listColumns(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(found, "\n") + "\n"
	if *update {
		if err := os.WriteFile("schema.columns", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != schemaColumns {
		t.Errorf("schema.columns is not what schema.sql makes; go test ./queries/store -run ListOfColumns -update:\n%s", text)
	}
}

// B10: a case from a stranger may hold tables, views and macros that look like ours.
func TestB10ACaseThatHoldsWhatWeDoNotMakeIsRefused(t *testing.T) {
	for name, x := range map[string]struct{ sql, says string }{
		"a macro that hides a function": {`create macro lower(x) as 'nothing'`, "the macro lower"},
		"a view":                        {`create view events as select 1`, "the view events"},
		"a view in place of a table":    {`drop table objects; create view objects as select 1`, "the view objects"},
		"a table more":                  {`create table loot (x int)`, "the table main.loot"},
		"a table in another schema":     {`create schema s; create table s.facts (x int)`, "the table s.facts"},
		"a type":                        {`create type mood as enum ('a')`, "the type mood"},
		"a sequence":                    {`create sequence n`, "the sequence n"},
		"a column more":                 {`alter table facts add column more int`, `it has the column "facts.more INTEGER"`},
		"a column less":                 {`alter table rejects drop column reason`, `it lacks the column "rejects.reason`},
		"a column of another type":      {`alter table members alter column seen type varchar`, `members.seen VARCHAR`},
		"a default":                     {`alter table facts alter column value set default 'x'`, "default"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "t.case")
			c, err := Create(dir, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			h, err := openHandle(filepath.Join(dir, databaseName), c.settings(modeWrite, 1))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.db.Exec(x.sql); err != nil {
				t.Fatal(err)
			}
			if err := h.close(); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir, testOptions()); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), x.says) {
				t.Errorf("opening says %v, want %s", err, x.says)
			}
		})
	}
}

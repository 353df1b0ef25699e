package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/queries/export"
)

var _ export.Source = (*Engine)(nil)

// letters is evidence in which every byte is known.
type letters struct{ reads int }

func (l *letters) Range(_ context.Context, m model.Member, offset int64, length int) ([]byte, error) {
	l.reads++
	out := make([]byte, length)
	for i := range out {
		out[i] = 'a' + byte((offset+int64(i))%26)
	}
	return out, nil
}

func TestRawRecordsAreReadAMemberAtATime(t *testing.T) {
	c, _ := randomCase(t, rand.New(rand.NewPCG(11, 12)))
	from := &letters{}
	e := c.Engine(from)
	rows := 0
	err := e.StreamRaw(context.Background(), model.Query{}, []model.Field{model.FieldRecord}, 0, func(r model.Row, raw []byte, err error) error {
		rows++
		off := int64(r.ID.Number-1) * 1801
		if err != nil || len(raw) != 1800 || raw[0] != 'a'+byte(off%26) {
			t.Errorf("record %v: %d bytes, %v", r.ID, len(raw), err)
		}
		return nil
	})
	if err != nil || rows == 0 || from.reads > 6 {
		t.Errorf("%d rows with %d reads, %v", rows, from.reads, err)
	}
}

func TestParquetHoldsTheRowsInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	c, _ := randomCase(t, r)
	e := c.Engine(nil)
	ctx := context.Background()
	queries := []model.Query{{}, {Filter: model.Filter{Terms: []model.Term{{Field: model.FieldBucket, Values: values("acme-logs", "it's")}}}, Sort: model.Sort{Desc: true}},
		{Filter: model.Filter{Terms: []model.Term{{Field: model.FieldLog, Not: true, Values: values("access", "cloudtrail")}}}}}
	for _, q := range queries {
		file, err := e.Parquet(ctx, q, model.Columns())
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, row := range collect(t, e, q, []model.Field{model.FieldMember, model.FieldOutcome, model.FieldFlags}) {
			want = append(want, export.Text(row.Values[0])+" "+export.Text(row.Values[1])+" "+export.Text(row.Values[2]))
		}
		var got []string
		db, done, err := c.DB(ctx)
		if err != nil {
			t.Fatal(err)
		}
		err = each(ctx, db, `select member || ' ' || outcome || ' ' || array_to_string(flags, '|') from read_parquet(?)`, []any{file.Name()}, func(rows *sql.Rows) error {
			var s string
			err := rows.Scan(&s)
			got = append(got, s)
			return err
		})
		done()
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%d rows of %d, %v", len(got), len(want), err)
		}
		magic := make([]byte, 4)
		if _, err := file.Read(magic); err != nil || string(magic) != "PAR1" {
			t.Errorf("the file given back begins %q, %v", magic, err)
		}
		file.Remove()
	}
}

func TestE05OpeningACaseTakesAwayWhatAKilledExportLeft(t *testing.T) {
	c, _ := randomCase(t, rand.New(rand.NewPCG(15, 16)))
	stale := filepath.Join(c.Exports(), ".trailsift-1.tmp")
	if err := errors.Join(os.WriteFile(stale, []byte("half"), 0o600), c.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := Open(c.Dir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := again.Engine(nil).Parquet(ctx, model.Query{}, model.Columns()); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled export: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(c.Exports()); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

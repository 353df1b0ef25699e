package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"trailsift/model"
)

// TestE08ManyRowsAreStreamed writes more than could be held: memory must stay flat however many rows
// there are, and giving up must end it. The whole ten million are written at night.
func TestE08ManyRowsAreStreamed(t *testing.T) {
	rows, flat := 300_000, uint64(16<<20)
	if os.Getenv("TRAILSIFT_NIGHTLY") != "" {
		rows = 10_000_000
	}
	for _, format := range []Format{CSV, JSONL, JSON} {
		t.Run(string(format), func(t *testing.T) {
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			most := uint64(0)
			s := many{n: rows, after: func(i int) {
				if i%(rows/10) == rows/20 {
					runtime.GC()
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc)
				}
			}}
			dir := t.TempDir()
			m, err := Write(context.Background(), s, Job{Path: filepath.Join(dir, "out"), Format: format, Fields: few})
			if err != nil || m.Rows != int64(rows) {
				t.Fatalf("%d rows, %v", m.Rows, err)
			}
			if most > before.HeapAlloc+flat {
				t.Errorf("%d bytes held at the height, %d before", most, before.HeapAlloc)
			}
			ctx, cancel := context.WithCancel(context.Background())
			s.after = func(i int) {
				if i == rows/3 {
					cancel()
				}
				if i > rows/3 {
					t.Fatal("it goes on after it was given up")
				}
			}
			if _, err := Write(ctx, s, Job{Path: filepath.Join(dir, "other"), Format: format, Fields: few}); !errors.Is(err, context.Canceled) {
				t.Errorf("given up: %v", err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// many is a source of n rows that are made as they are asked for.
type many struct {
	shelf
	n     int
	after func(i int)
}

func (s many) StreamRaw(ctx context.Context, _ model.Query, fields []model.Field, _ int64, each func(model.Row, []byte, error) error) error {
	one := shelf{keys: []string{"some/key, quoted"}}
	raw := []byte(`{"eventName":"GetObject"}`)
	for i := range s.n {
		s.after(i)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := each(one.row(fields, 0), raw, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s many) Stream(ctx context.Context, q model.Query, fields []model.Field, limit int64, each func(model.Row) error) error {
	return s.StreamRaw(ctx, q, fields, limit, func(r model.Row, _ []byte, _ error) error { return each(r) })
}

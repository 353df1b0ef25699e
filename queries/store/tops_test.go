package store

import (
	"context"
	"database/sql"
	"testing"

	"trailsift/model"
)

// TestAWholeFirstFolderIsAskedForByItsNumber asks for folders, and what only looks like one, of rows of which some
// are duplicates, before anything is derived and after, and with every folder under one number.
func TestAWholeFirstFolderIsAskedForByItsNumber(t *testing.T) {
	keys := []string{"data/a", "data/b/c", "data/", "data", "database/x", "/data/x", "other/data/x", "Data/x", "données/x", ""}
	asked := map[string]int64{"data/*": 3, "data*": 5, "data/b/*": 1, "/*": 1, "Data/*": 1, "données/*": 1, "none/*": 0, "d?ta/*": 3, "*/data/*": 2, "*": 9}
	for name, x := range map[string]struct {
		derived bool
		number  string // every row's
		decided bool
	}{
		"as loaded":                  {false, "", false},
		"settled":                    {true, "", true},
		"all folders share a number": {true, "7", false},
	} {
		t.Run(name, func(t *testing.T) {
			c, ctx := newTestCase(t), context.Background()
			members := map[model.MemberID][]model.Record{}
			for _, key := range keys {
				for range 3 {
					for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
						id := model.MemberID(log) << 24
						r := synthetic(log, id, len(members[id]))
						r.Bucket, r.Key = "b", key
						members[id] = append(members[id], r)
					}
				}
			}
			loadRecords(t, c, members)
			err := c.write(ctx, func(db *sql.DB) error {
				_, err := db.Exec(`update ct_events set dup = 1 where record % 3 = 0`)
				if err == nil && x.number != "" {
					_, err = db.Exec(`update ct_events set top16 = ` + x.number + ` where key is not null`)
				}
				if err == nil && x.number != "" {
					_, err = db.Exec(`update al_events set top16 = ` + x.number + ` where key is not null`)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if x.derived {
				derive(t, c)
			}
			e := c.Engine(nil)
			for pattern, n := range asked {
				for _, not := range []bool{false, true} {
					want := n * 5 // two of CloudTrail's three count
					if not {
						want = int64(len(keys))*5 - want
					}
					for _, term := range []model.Term{
						{Field: model.FieldKey, Not: not, Values: glob(pattern)},
						{Field: model.FieldObject, Not: not, Values: glob("b/" + pattern)},
					} {
						if got, err := e.Count(ctx, asking(term)); err != nil || got != want {
							t.Errorf("%+v keeps %d rows, want %d; %v", term, got, want, err)
						}
					}
				}
			}
			// Rows that do not count are kept too, in folders that the table of those that do need not know.
			all := model.Term{Field: model.FieldRecords, Values: values("all")}
			if got, err := e.Count(ctx, asking(all, model.Term{Field: model.FieldKey, Values: glob("data/*")})); err != nil || got != 3*6 {
				t.Errorf("%d of all records are in the folder, want 18; %v", got, err)
			}
			branches, err := e.branches(asking(model.Term{Field: model.FieldKey, Values: glob("data/*")}))
			if err != nil {
				t.Fatal(err)
			}
			if got := branches[0].Where == "(dup = 0 and category < 3 and top16 = cast(? as usmallint))"; got != x.decided {
				t.Errorf("asked by %s", branches[0].Where)
			}
		})
	}
}

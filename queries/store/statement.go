package store

import "trailsift/model"

// Statement is the SQL that lists q's rows, and its arguments, for those who want to read it.
// Pages, counts and facets ask the same branches in shorter ways.
func (e *Engine) Statement(q model.Query, fields []model.Field) (string, []any, error) {
	all, err := e.draw(q, e.throughObjects(nil))
	if err != nil || len(all) == 0 {
		return "", nil, err
	}
	return listSQL(all, fields, slice{sort: q.Sort})
}

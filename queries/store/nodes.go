package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// sums are what is told of nodes: what a branch adds up for every child, by what else, and the columns
// behind the requests.
type sums struct{ branch, group, whole string }

// nodeSums are all of them, by actor too; nodeNames are the requests.
var (
	nodeSums = sums{
		fmt.Sprintf(`actor, count(*) as n, count(*) filter (outcome = %d) as d, count(*) filter (outcome = %d) as f,
			sum(bytes_out) as o, sum(bytes_in) as i, max(time) as t`, model.Denied, model.Failed),
		"c, actor",
		`cast(sum(d) as bigint), cast(sum(f) as bigint), cast(coalesce(sum(o), 0) as bigint), cast(coalesce(sum(i), 0) as bigint),
			count(distinct actor), max(t)`,
	}
	nodeNames = sums{"count(*) as n", "c", strings.Repeat(fmt.Sprintf("cast(%d as bigint), ", model.NotYet), 5) + "cast(null as timestamp)"}
)

// Nodes lists what lies directly below a prefix of a bucket's keys, or the buckets.
func (e *Engine) Nodes(ctx context.Context, q model.Query, bucket, prefix string, limit int) ([]model.Node, error) {
	return e.nodes(ctx, q, bucket, prefix, limit, nodeSums)
}

// NodeNames is Nodes with the requests only.
func (e *Engine) NodeNames(ctx context.Context, q model.Query, bucket, prefix string, limit int) ([]model.Node, error) {
	return e.nodes(ctx, q, bucket, prefix, limit, nodeNames)
}

func (e *Engine) nodes(ctx context.Context, q model.Query, bucket, prefix string, limit int, told sums) ([]model.Node, error) {
	return ask(ctx, e, "list objects", func(ctx context.Context, db *sql.DB) ([]model.Node, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		// The child is what follows the prefix, up to and with the next slash.
		child, more, moreArgs := "bucket", "bucket is not null", []any(nil)
		if bucket != "" {
			rest := fmt.Sprintf("substr(key, %d)", len([]rune(prefix))+1)
			child = fmt.Sprintf("case when strpos(%[1]s, '/') > 0 then substr(%[1]s, 1, strpos(%[1]s, '/')) else %[1]s end", rest)
			more, moreArgs = "bucket = ?", []any{bucket}
			if prefix != "" {
				more, moreArgs = more+" and starts_with(key, ?)", append(moreArgs, prefix)
			}
		}
		text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
			return child + " as c, " + told.branch, "group by " + told.group, nil
		}, more, moreArgs...)
		if err != nil {
			return nil, err
		}
		text = "select c, cast(sum(n) as bigint) as n, " + told.whole + " from (" + text + ") group by c order by n desc, c nulls last"
		if limit > 0 {
			text += fmt.Sprintf(" limit %d", limit)
		}
		rows, err := db.QueryContext(ctx, text, args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var out []model.Node
		for rows.Next() {
			var name sql.NullString
			var last sql.NullTime
			n := model.Node{Bucket: bucket}
			if err := rows.Scan(&name, &n.Requests, &n.Denied, &n.Failed, &n.BytesOut, &n.BytesIn, &n.Actors, &last); err != nil {
				return nil, err
			}
			if last.Valid {
				n.Last = last.Time.UTC()
			}
			out = append(out, named(n, name, prefix))
		}
		return out, rows.Err()
	})
}

// named makes a node out of what stands below a prefix.
func named(n model.Node, name sql.NullString, prefix string) model.Node {
	switch {
	case n.Bucket == "":
		n.Kind, n.Bucket = model.NodeBucket, name.String
	case !name.Valid:
		n.Kind = model.NodeNoKey
	default:
		n.Kind, n.Key = model.NodeKey, prefix+name.String
		if strings.HasSuffix(name.String, "/") {
			n.Kind = model.NodePrefix
		}
	}
	return n
}

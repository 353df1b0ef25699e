package store

import (
	"context"
	"database/sql"
	"fmt"

	"trailsift/model"
)

// Credentials lists the access keys of q's CloudTrail requests by first use, with the sessions they
// belong to. The access log tells keys of pre-signed requests only and nothing of sessions, so its
// lines are left out. A multi-object delete counts once, however many of its keys have events of their own.
func (e *Engine) Credentials(ctx context.Context, q model.Query, limit int) ([]model.Credential, error) {
	return ask(ctx, e, "list credentials", func(ctx context.Context, db *sql.DB) ([]model.Credential, error) {
		all, err := e.branches(q)
		if err != nil {
			return nil, err
		}
		var out []model.Credential
		for _, b := range all {
			if b.Log != model.CloudTrail {
				continue
			}
			text := fmt.Sprintf(`select access_key, coalesce(actor, ''), coalesce(actor_type, ''), coalesce(issuer, ''), coalesce(session, ''), coalesce(principal_id, ''),
				session_created, count(*) - count(bulk) + count(distinct bulk), count(*) filter (outcome = %d), min(time) as first, max(time) from (
					select *, case when op = 'DeleteObjects' or %s then req64 end as bulk from ct_events where access_key is not null and %s)
				group by 1, 2, 3, 4, 5, 6, 7 order by first nulls last, 1, 2, 3, 4, 5, 6, 7`, model.Denied, partOf(b.Log), b.Where)
			if limit > 0 {
				text += fmt.Sprintf(" limit %d", limit)
			}
			err := each(ctx, db, text, b.Args, func(rows *sql.Rows) error {
				var c model.Credential
				var created, first, last sql.NullTime
				err := rows.Scan(&c.AccessKey, &c.Actor, &c.ActorType, &c.Issuer, &c.Session, &c.PrincipalID, &created, &c.Requests, &c.Denied, &first, &last)
				if created.Valid {
					c.Created = created.Time.UTC()
				}
				if first.Valid {
					c.First, c.Last = first.Time.UTC(), last.Time.UTC()
				}
				out = append(out, c)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

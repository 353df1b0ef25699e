package store

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/duckdb/duckdb-go/v2"
)

// connector gives the pool connections that are cancelled while they work and not before. The driver
// gives a query up between planning and running it when its context has just ended (statement.go,
// executeBound), and DuckDB never frees a query that was planned and not run: it holds its
// connection, that the database, and the next opening of the file waits for it without end.
type connector struct{ *duckdb.Connector }

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := conn.(*duckdb.Conn)
	if !ok {
		return nil, errors.Join(errors.New("the driver's connection is none of DuckDB's"), conn.Close())
	}
	return pooled{own}, nil
}

// pooled is a connection of the pool.
type pooled struct{ *duckdb.Conn }

// started is the context of a call that has begun: its end interrupts DuckDB, and nothing else looks
// at it.
type started struct{ context.Context }

// Err is nil, also after Done.
func (started) Err() error { return nil }

// begun runs one call of the driver, which is not begun when ctx has ended. A context that ended
// meanwhile is told of, whatever the driver says.
func begun[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	out, err := call(started{ctx})
	if err != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return out, err
}

// QueryContext implements driver.QueryerContext.
func (p pooled) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return begun(ctx, func(ctx context.Context) (driver.Rows, error) { return p.Conn.QueryContext(ctx, query, args) })
}

// ExecContext implements driver.ExecerContext.
func (p pooled) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return begun(ctx, func(ctx context.Context) (driver.Result, error) { return p.Conn.ExecContext(ctx, query, args) })
}

// BeginTx implements driver.ConnBeginTx.
func (p pooled) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return begun(ctx, func(ctx context.Context) (driver.Tx, error) { return p.Conn.BeginTx(ctx, opts) })
}

// PrepareContext implements driver.ConnPrepareContext. Statements of their own would be given the
// caller's context by the pool; nothing here needs them.
func (pooled) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, errors.New("statements are not prepared apart from running them")
}

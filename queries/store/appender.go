package store

import (
	"errors"
	"fmt"
	"sort"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"trailsift/model"
)

// chunkRows is DuckDB's vector size, and chunkText bounds the strings one chunk may hold pinned.
const (
	chunkRows = 2048
	chunkText = 32 << 20
)

// connection is one worker's own connection to the instance, outside of database/sql.
type connection struct{ raw mapping.Connection }

func (h *handle) connect() (*connection, error) {
	var c connection
	if mapping.Connect(h.raw, &c.raw) == mapping.StateError {
		return nil, errors.New("DuckDB gave no connection")
	}
	return &c, nil
}

func (c *connection) close() { mapping.Disconnect(&c.raw) }

// run executes a statement of ours and returns the number of rows it changed.
func (c *connection) run(statement string) (changed int64, err error) {
	var res mapping.Result
	defer mapping.DestroyResult(&res)
	if mapping.Query(c.raw, statement, &res) == mapping.StateError {
		return 0, fmt.Errorf("%s: %s", statement, mapping.ResultError(&res))
	}
	return int64(mapping.RowsChanged(&res)), nil
}

// tableAppender fills a table of rows T chunk by chunk, column by column.
type tableAppender[T any] struct {
	table   string
	raw     mapping.Appender
	chunk   mapping.DataChunk
	fill    []filler[T] // one a column
	order   []int       // in which columns are filled
	vectors []vector
	odd     [chunkRows]model.Flags
	keep    arena
	rows    int // in the chunk
}

// columnsOf is the columns of a table in order, as the schema has them.
func columnsOf(h *handle, table string) ([]string, error) {
	rows, err := h.db.Query(`select column_name from duckdb_columns() where table_name = ? order by column_index`, table)
	if err != nil {
		return nil, fmt.Errorf("columns of %s: %w", table, err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func newAppender[T any](c *connection, table string, names []string, fillers ...map[string]filler[T]) (*tableAppender[T], error) {
	a := &tableAppender[T]{table: table, vectors: make([]vector, len(names))}
	for i, name := range names {
		var f filler[T]
		for _, m := range fillers {
			if m[name] != nil {
				f = m[name]
			}
		}
		if f == nil {
			return nil, fmt.Errorf("table %s has a column %s that nothing fills", table, name)
		}
		a.fill = append(a.fill, f)
		a.order = append(a.order, i)
	}
	// flags come last: filling the others finds out some.
	sort.SliceStable(a.order, func(i, j int) bool { return names[a.order[i]] != "flags" && names[a.order[j]] == "flags" })
	if mapping.AppenderCreateExt(c.raw, "", "", table, &a.raw) == mapping.StateError {
		err := a.failure("prepare")
		a.destroy()
		return nil, err
	}
	types := make([]mapping.LogicalType, len(names))
	for i := range types {
		types[i] = mapping.AppenderColumnType(a.raw, mapping.IdxT(i))
	}
	a.chunk = mapping.CreateDataChunk(types)
	for i := range types {
		mapping.DestroyLogicalType(&types[i])
	}
	a.reset()
	return a, nil
}

// reset makes the chunk empty and finds its memory anew.
func (a *tableAppender[T]) reset() {
	mapping.DataChunkReset(a.chunk)
	for i := range a.vectors {
		native := mapping.DataChunkGetVector(a.chunk, mapping.IdxT(i))
		mapping.VectorEnsureValidityWritable(native)
		a.vectors[i] = vector{
			data: mapping.VectorGetData(native), valid: mapping.VectorGetValidity(native),
			keep: &a.keep, odd: a.odd[:],
		}
	}
	a.rows = 0
	clear(a.odd[:])
	a.keep.reset()
}

// add fills as many of rows as the chunk has room for and returns how many those were.
func (a *tableAppender[T]) add(rows []T) (int, error) {
	if a.rows == chunkRows || a.keep.total > chunkText {
		if err := a.hand(); err != nil {
			return 0, err
		}
	}
	n := min(len(rows), chunkRows-a.rows)
	if len(rows) > 64 && n > 64 {
		// Strings have no bound; a full chunk of the longest ones must not be pinned at once.
		n = min(n, 512)
	}
	for _, i := range a.order {
		v, f := &a.vectors[i], a.fill[i]
		for j := range n {
			f(v, a.rows+j, &rows[j])
		}
	}
	a.rows += n
	return n, nil
}

// hand gives the chunk to DuckDB, which copies it.
func (a *tableAppender[T]) hand() error {
	if a.rows == 0 {
		return nil
	}
	mapping.DataChunkSetSize(a.chunk, mapping.IdxT(a.rows))
	if mapping.AppendDataChunk(a.raw, a.chunk) == mapping.StateError {
		return a.failure("append")
	}
	a.reset()
	return nil
}

// flush puts everything handed over into the connection's transaction.
func (a *tableAppender[T]) flush() error {
	if err := a.hand(); err != nil {
		return err
	}
	if mapping.AppenderFlush(a.raw) == mapping.StateError {
		return a.failure("flush")
	}
	return nil
}

func (a *tableAppender[T]) failure(doing string) error {
	return fmt.Errorf("%s rows of %s: %s", doing, a.table, mapping.AppenderError(a.raw))
}

func (a *tableAppender[T]) destroy() {
	if a.chunk.Ptr != nil {
		mapping.DestroyDataChunk(&a.chunk)
	}
	// What was not flushed belongs to a transaction that is over.
	mapping.AppenderClear(a.raw)
	mapping.AppenderDestroy(&a.raw)
	a.keep.free()
}

package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

type mode string

const (
	modeRead  mode = "READ_ONLY"
	modeWrite mode = "READ_WRITE"
)

// connections bounds the pool: a screen asks for its page, count, bars and facets side by side, and
// a cancelled call keeps its connection for half a second (the driver sleeps after an interrupt).
const connections = 8

// handle is the open database: a pool for SQL and the same instance for appenders.
type handle struct {
	db   *sql.DB
	raw  mapping.Database
	mode mode
}

type settings struct {
	mode    mode
	threads int
	memory  int64
	temp    string
	exports string
}

func (c *Case) settings(m mode, threads int) settings {
	memory := memoryLimit(c.opts.Memory)
	if m == modeWrite && threads == loadThreads {
		memory = min(memory, loadMemory+int64(c.threads())*laneMemory)
	}
	return settings{mode: m, threads: threads, memory: memory, temp: c.path(tempName), exports: c.path(exportsName)}
}

// A load's parallelism is its workers', so DuckDB itself gets one thread. What it needs is an open
// transaction of one row group for each worker, whose columns take some 100 MB in the usual case; with
// more it only keeps finished blocks in memory that nobody reads again.
const (
	loadThreads = 1
	loadMemory  = 64 << 20
	laneMemory  = 112 << 20
)

func (c *Case) threads() int {
	if c.opts.Threads > 0 {
		return c.opts.Threads
	}
	return runtime.NumCPU()
}

// options are those that must be known when the instance is made.
func (s settings) options() map[string]string {
	o := map[string]string{
		"access_mode":                  string(s.mode),
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
		"threads":                      strconv.Itoa(s.threads),
		"memory_limit":                 fmt.Sprintf("%dMiB", max(s.memory>>20, 64)),
		"temp_directory":               s.temp,
		"max_temp_directory_size":      "32GiB",
	}
	if s.mode == modeWrite {
		o["storage_compatibility_version"] = "latest"
	}
	return o
}

// lockdown is run once on a fresh instance. The order matters: the list of allowed directories
// before external access is shut off, the lock last.
func (s settings) lockdown() []string {
	return []string{
		`set global TimeZone = 'UTC'`,
		`set global allowed_directories = ['` + strings.ReplaceAll(s.exports, `'`, `''`) + `']`,
		`set global enable_external_access = false`,
		`set global lock_configuration = true`,
	}
}

// openHandle opens the database file at path. The instance is taken from the driver's cache twice,
// for the pool and for appenders, before any setting is changed: the cache compares configurations.
func openHandle(path string, s settings) (*handle, error) {
	options := s.options()
	h := &handle{mode: s.mode}
	if err := h.openRaw(path, options); err != nil {
		return nil, explain(path, err)
	}
	values := url.Values{}
	for k, v := range options {
		values.Set(k, v)
	}
	raw, err := duckdb.NewConnector(path+"?"+values.Encode(), func(driver.ExecerContext) error { return nil })
	if err != nil {
		mapping.Close(&h.raw)
		return nil, explain(path, err)
	}
	h.db = sql.OpenDB(connector{raw})
	h.db.SetMaxOpenConns(connections)
	h.db.SetMaxIdleConns(connections)
	for _, statement := range s.lockdown() {
		if _, err := h.db.Exec(statement); err != nil {
			return nil, errors.Join(fmt.Errorf("settle the database's limits: %w", err), h.close())
		}
	}
	return h, nil
}

func (h *handle) openRaw(path string, options map[string]string) error {
	var config mapping.Config
	if mapping.CreateConfig(&config) == mapping.StateError {
		return errors.New("DuckDB made no configuration")
	}
	defer mapping.DestroyConfig(&config)
	// The driver sets this one itself; the cache wants equal configurations.
	if mapping.SetConfig(config, "duckdb_api", "go") == mapping.StateError {
		return errors.New("DuckDB refuses the option duckdb_api")
	}
	for k, v := range options {
		if mapping.SetConfig(config, k, v) == mapping.StateError {
			return fmt.Errorf("DuckDB refuses the option %s=%s", k, v)
		}
	}
	var message string
	if mapping.GetOrCreateFromCache(duckdb.GetInstanceCache(), path, &h.raw, config, &message) == mapping.StateError {
		mapping.Close(&h.raw)
		return errors.New(message)
	}
	return nil
}

func (h *handle) close() error {
	err := h.db.Close()
	mapping.Close(&h.raw)
	if err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// checkMagic looks at the file before DuckDB does: DuckDB reads other formats by fetching
// extensions for them.
func checkMagic(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: there is no %s in it", ErrNoCase, databaseName)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return err
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is no regular file", ErrNoCase, databaseName)
	}
	var head [12]byte
	if _, err := io.ReadFull(f, head[:]); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", databaseName, err)
	}
	if !bytes.Equal(head[8:], []byte("DUCK")) {
		return fmt.Errorf("%w: %s is no DuckDB database", ErrNoCase, databaseName)
	}
	return nil
}

// ErrBusy says that another process holds the case. The error is a *BusyError.
var ErrBusy = errors.New("case is in use")

// BusyError names the process that holds a case.
type BusyError struct {
	Path string
	PID  int // 0 when it is not known
	Err  error
}

// Error says who holds the case.
func (e *BusyError) Error() string {
	if e.PID == 0 {
		return ErrBusy.Error()
	}
	return fmt.Sprintf("%v by process %d", ErrBusy, e.PID)
}

// Is makes every BusyError an ErrBusy.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// Unwrap is DuckDB's own error.
func (e *BusyError) Unwrap() error { return e.Err }

var holder = regexp.MustCompile(`Conflicting lock is held in .*\(PID (\d+)\)`)

// explain turns DuckDB's text for a failed opening into an error of ours.
func explain(path string, err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "Could not set lock on file"):
		busy := &BusyError{Path: path, Err: err}
		if m := holder.FindStringSubmatch(text); m != nil {
			busy.PID, _ = strconv.Atoi(m[1])
		}
		return busy
	case strings.Contains(text, "different configuration than existing connections"):
		return &BusyError{Path: path, PID: os.Getpid(), Err: err}
	case strings.Contains(text, "Read-only file system"), strings.Contains(text, "Permission denied"):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case strings.Contains(text, "newer version of DuckDB"), strings.Contains(text, "Trying to read a database file with version number"):
		return fmt.Errorf("%w: %w", ErrNewer, err)
	case IsDamage(err):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case strings.Contains(text, "WAL"):
		return fmt.Errorf("the write-ahead log beside the database is damaged; keep a copy of both and load the evidence into a new case: %w", err)
	}
	return err
}

// IsDamage tells that the database says of its own file that it is not as it was written. Some blocks
// are only looked at when a question needs them.
func IsDamage(err error) bool {
	text := err.Error()
	return errors.Is(err, ErrDamaged) || strings.Contains(text, "Corrupt database file") || strings.Contains(text, "Could not read enough bytes from file")
}

// memoryLimit is asked, or half of the machine's memory, at most 4 GB.
func memoryLimit(asked int64) int64 {
	const most = 4 << 30
	if asked > 0 {
		return asked
	}
	if total := machineMemory(); total > 0 {
		return min(total/2, most)
	}
	return most / 2
}

// machineMemory reads MemTotal where there is a /proc; 0 elsewhere.
var machineMemory = sync.OnceValue(func() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	_, rest, ok := strings.Cut(string(text), "MemTotal:")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
})

// checkpoint folds the write-ahead log into the database, so that the normal state has none.
func (h *handle) checkpoint(ctx context.Context) error {
	if _, err := h.db.ExecContext(ctx, `checkpoint`); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

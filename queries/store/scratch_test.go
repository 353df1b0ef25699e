package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SQLFILE: statements separated by lines of ";"; a leading "@N" repeats N times.
func TestScratch(t *testing.T) {
	if os.Getenv("CASE") == "" {
		t.Skip()
	}
	c, err := Open(os.Getenv("CASE"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	var h *handle
	if os.Getenv("WRITE") != "" {
		var end func() error
		h, end, err = c.beginWrite(ctx, 2)
		defer func() {
			b, cpu := time.Now(), cpuNow()
			end()
			fmt.Printf("%8.0f ms %8.0f cpu close+checkpoint\n", time.Since(b).Seconds()*1000, (cpuNow()-cpu).Seconds()*1000)
		}()
	} else {
		var done func()
		h, done, err = c.lend(ctx)
		defer done()
	}
	if err != nil {
		t.Fatal(err)
	}
	conn, _ := h.db.Conn(ctx)
	defer conn.Close()
	text, _ := os.ReadFile(os.Getenv("SQLFILE"))
	for _, s := range strings.Split(string(text), "\n;\n") {
		s = strings.TrimSpace(s)
		if s == "" || strings.HasPrefix(s, "#") {
			continue
		}
		n := 1
		if strings.HasPrefix(s, "@") {
			fmt.Sscanf(s, "@%d", &n)
			_, s, _ = strings.Cut(s, "\n")
		}
		best, bestCPU := time.Hour, time.Hour
		var out []string
		for range n {
			b, cpu := time.Now(), cpuNow()
			out = out[:0]
			rows, err := conn.QueryContext(ctx, s)
			if err != nil {
				fmt.Println("ERROR", err)
				break
			}
			cols, _ := rows.Columns()
			cells := make([]any, len(cols))
			into := make([]any, len(cols))
			for i := range cells {
				into[i] = &cells[i]
			}
			k := 0
			for rows.Next() {
				rows.Scan(into...)
				if k++; k <= 12 {
					out = append(out, fmt.Sprint(cells...))
				}
			}
			rows.Close()
			best = min(best, time.Since(b))
			bestCPU = min(bestCPU, cpuNow()-cpu)
		}
		fmt.Printf("%8.0f ms %8.0f cpu %s\n", best.Seconds()*1000, bestCPU.Seconds()*1000, strings.Join(strings.Fields(s), " ")[:min(140, len(strings.Join(strings.Fields(s), " ")))])
		if os.Getenv("SHOW") != "" {
			w := bufio.NewWriter(os.Stdout)
			for _, o := range out {
				fmt.Fprintln(w, "      ", o)
			}
			w.Flush()
		}
	}
}

func cpuNow() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(0, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

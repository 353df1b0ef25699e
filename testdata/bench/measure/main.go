// Command measure runs another program and tells what the operating system says it cost: wall and
// processor seconds and the peak of its resident memory. It must not know what it measures.
//
// usage: measure COMMAND [ARG...]   prints one line: wall cpu peak-MiB exit-code
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: measure COMMAND [ARG...]")
		os.Exit(2)
	}
	c := exec.Command(os.Args[1], os.Args[2:]...)
	c.Stderr = os.Stderr // its standard output is thrown away
	start := time.Now()
	err := c.Run()
	wall := time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
	peak := int64(0)
	if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = u.Maxrss >> 10 // KiB on Linux
	}
	cpu := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	fmt.Printf("%.3f %.3f %d %d\n", wall.Seconds(), cpu.Seconds(), peak, c.ProcessState.ExitCode())
}

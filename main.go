// Command trailsift explores AWS S3 activity in the terminal: CloudTrail data events and S3 server
// access logs, with what is cryptographically proven about them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"trailsift/ui/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

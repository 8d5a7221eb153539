//go:build !linux

package pglocal

import "syscall"

// dieWithParent does nothing on this system: the next Start stops a server that was left behind.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

//go:build !unix

package main

import "errors"

func withUmask([]string) error { return errors.New("there is no umask on this system") }

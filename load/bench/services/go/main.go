// Package main is the catalogue's GET /v1/products/{id} in Go, for a benchmark: the token checked, the same query, the same bytes, the trace continued, a line logged.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type money struct {
	AmountMinor int64  `json:"amountMinor"`
	Currency    string `json:"currency"`
}

type stamp struct {
	Version string            `json:"version"`
	Origin  string            `json:"origin"`
	Vector  map[string]string `json:"vector"`
}

type parent struct {
	ProductID string            `json:"productId"`
	Options   map[string]string `json:"options"`
}

type product struct {
	ID          string  `json:"id"`
	SKU         string  `json:"sku"`
	State       string  `json:"state"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
	Language    string  `json:"language"`
	CategoryID  *string `json:"categoryId"`
	Price       money   `json:"price"`
	PricedAt    string  `json:"pricedAt"`
	Current     *money  `json:"currentPrice"`
	VariantOf   *parent `json:"variantOf"`
	UpdatedAt   string  `json:"updatedAt"`
	Stamp       stamp   `json:"stamp"`
}

var (
	uuidPattern        = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	traceparentPattern = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$`)
)

func randomHex(bytes int) string {
	value := make([]byte, bytes)
	_, _ = rand.Read(value)
	return hex.EncodeToString(value)
}

func readKey(jwks string) (ed25519.PublicKey, error) {
	var set struct {
		Keys []struct {
			X string `json:"x"`
		} `json:"keys"`
	}
	if err := json.Unmarshal([]byte(jwks), &set); err != nil {
		return nil, err
	}
	if len(set.Keys) != 1 {
		return nil, errors.New("JWKS holds no key")
	}
	return base64.RawURLEncoding.DecodeString(set.Keys[0].X)
}

// observe continues the caller's trace, or begins one, and logs the request when it has ended.
func observe(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		started := time.Now()
		traceID, flags := randomHex(16), "01"
		if found := traceparentPattern.FindStringSubmatch(c.GetHeader("traceparent")); found != nil {
			traceID, flags = found[1], found[2]
		}
		correlationID := randomHex(16)
		c.Header("traceparent", fmt.Sprintf("00-%s-%s-%s", traceID, randomHex(8), flags))
		c.Header("x-correlation-id", correlationID)
		c.Next()
		logger.Info("request", "correlationId", correlationID, "traceId", traceID, "method", c.Request.Method,
			"route", c.FullPath(), "status", c.Writer.Status(), "durationMs", float64(time.Since(started).Microseconds())/1000)
	}
}

func authenticate(key ed25519.PublicKey, issuer string) gin.HandlerFunc {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer(issuer), jwt.WithAudience("madeinworld"), jwt.WithExpirationRequired())
	return func(c *gin.Context) {
		token := strings.TrimPrefix(c.GetHeader("authorization"), "Bearer ")
		if _, err := parser.Parse(token, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
			c.AbortWithStatus(http.StatusUnauthorized)
		}
	}
}

// The statement is the one that the service in Node runs: the benchmark reads it from the server's log.
func getProduct(pool *pgxpool.Pool, query string) gin.HandlerFunc {
	return func(c *gin.Context) {
		id := c.Param("id")
		if !uuidPattern.MatchString(id) {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		found := product{Language: "en"}
		var cost, current *int64
		var shown bool
		var version int64
		var translated []byte
		err := pool.QueryRow(c.Request.Context(), query, id).Scan(&found.ID, &found.SKU, &found.Name, &found.Description, &found.CategoryID,
			&found.Price.AmountMinor, &found.Price.Currency, &found.PricedAt, &cost, &found.State,
			&current, &shown, &found.VariantOf, &translated, &version, &found.Stamp.Origin, &found.Stamp.Vector, &found.UpdatedAt)
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && !shown) {
			c.AbortWithStatus(http.StatusNotFound)
			return
		}
		if err != nil {
			log.Print(err)
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		found.Stamp.Version = fmt.Sprint(version)
		if current != nil {
			found.Current = &money{*current, found.Price.Currency}
		}
		body, err := json.Marshal(found)
		if err != nil {
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.Header("etag", fmt.Sprintf("%q", found.Stamp.Version+"-"+found.Stamp.Origin))
		c.Header("vary", "authorization, accept-language")
		c.Header("content-language", found.Language)
		c.Data(http.StatusOK, "application/json; charset=utf-8", body)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	key, err := readKey(os.Getenv("JWKS"))
	if err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	// As many connections as the service in Node has, so that what is compared is the code.
	config.MaxConns = 10
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(observe(slog.New(slog.NewJSONHandler(os.Stdout, nil))), authenticate(key, os.Getenv("ISSUER")))
	engine.GET("/v1/products/:id", getProduct(pool, os.Getenv("QUERY")))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: engine, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintf(os.Stderr, "listening http://%s\n", listener.Addr())
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

using Aldis.Postgres.Addresses;

namespace Aldis.Postgres.Tests.Addresses;

public sealed class StoreAddressTests
{
    [Theory]
    [InlineData("postgres://db/aldis", "db:5432", "aldis", null, true)]
    [InlineData("postgresql://me@a:1,b,[::1]:3/aldis", "a:1 b:5432 [::1]:3", "aldis", "me", true)]
    [InlineData("postgres://localhost/aldis", "localhost:5432", "aldis", null, false)]
    [InlineData("postgres://localhost,127.0.0.1,[::1]/aldis", "localhost:5432 127.0.0.1:5432 [::1]:5432", "aldis", null, false)]
    [InlineData("postgres://localhost,db/aldis", "localhost:5432 db:5432", "aldis", null, true)]
    [InlineData("postgres://localhost/aldis?sslmode=verify-full", "localhost:5432", "aldis", null, true)]
    [InlineData("postgres://localhost/aldis?sslrootcert=/etc/ca.pem", "localhost:5432", "aldis", null, true)]
    [InlineData("postgres://db/aldis?sslmode=disable", "db:5432", "aldis", null, false)]
    [InlineData("postgres://%2Frun%2Fpostgresql/my%20db", "/run/postgresql/.s.PGSQL.5432", "my db", null, false)]
    public void An_address_is_read(string text, string hosts, string database, string? user, bool tls)
    {
        Assert.True(StoreAddress.TryParse(text, out StoreAddress? address, out string? problem), problem);
        Assert.Equal(hosts, string.Join(' ', address.Hosts));
        Assert.Equal((database, user, tls), (address.Database, address.User, address.UsesTls));
    }

    [Theory]
    [InlineData("mysql://db/aldis", "postgres://")]
    [InlineData("postgres://db", "name of a database")]
    [InlineData("postgres://db/", "name of a database")]
    [InlineData("postgres://db/a/b", "name of a database")]
    [InlineData("postgres:///aldis", "no host")]
    [InlineData("postgres://db,/aldis", "no host")]
    [InlineData("postgres://db:0/aldis", "no host")]
    [InlineData("postgres://db:65536/aldis", "no host")]
    [InlineData("postgres://[::1/aldis", "no host")]
    [InlineData("postgres://db;Password=x/aldis", "no host")]
    [InlineData("postgres://@db/aldis", "no name")]
    [InlineData("postgres://db/aldis?sslmode=prefer", "verify-full or disable")]
    [InlineData("postgres://db/aldis?sslmode", "no value")]
    [InlineData("postgres://db/aldis?timeout=3", "no option")]
    [InlineData("postgres://db/aldis?sslmode=disable&sslrootcert=/a", "no use")]
    public void What_is_no_address_is_refused_with_what_is_wrong(string text, string why)
    {
        Assert.False(StoreAddress.TryParse(text, out _, out string? problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://me:hunter2@db/aldis")]
    [InlineData("postgres://db/aldis?password=hunter2")]
    public void A_password_is_refused_and_not_repeated(string text)
    {
        Assert.False(StoreAddress.TryParse(text, out _, out string? problem));
        Assert.Contains("PGPASSFILE", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }
}

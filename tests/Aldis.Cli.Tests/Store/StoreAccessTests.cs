using System.Globalization;
using Aldis.Cli.Tests.Server;
using Aldis.Postgres.Tests.Database;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Store;

/// <summary>The way to a database: whose certificate is believed, and where the password comes from.</summary>
public sealed class StoreAccessTests : IAsyncLifetime
{
    private const string Password = "hunter2";

    private readonly TemporaryDirectory _directory = new();
    private string _data = "";
    private PostgresNode? _node;

    public async ValueTask InitializeAsync()
    {
        PostgresNode.Require();
        using var authority = new TestAuthority(_directory);
        using var other = new TestAuthority(_directory, "other");
        authority.Issue("localhost");
        _data = PostgresNode.MakeDirectory();
        var node = new PostgresNode(_data, "tls");
        node.Create();
        node.Certify(await ReadAsync("localhost.pem"), await ReadAsync("localhost.key"));
        node.AskPasswordOf("secret");
        node.Start("-c ssl=on");
        _node = node;
        await PostgresInstance.MakeTemplateAsync(node);
        await PostgresInstance.RunAsync(node.Address("postgres"), $"create role secret login password '{Password}' in role aldis_writer");
    }

    public ValueTask DisposeAsync()
    {
        _node?.Crash();
        if (_data.Length > 0)
        {
            Directory.Delete(_data, recursive: true);
        }

        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("server", "localhost", "?sslrootcert={ca}", null)]
    [InlineData("server", "localhost", "?sslrootcert={other}", "TLS failed")]
    [InlineData("server", "127.0.0.1", "?sslrootcert={ca}", "TLS failed")]
    [InlineData("server", "localhost", "?sslmode=verify-full", "TLS failed")]
    [InlineData("server", "localhost", "", null)]
    public async Task A_certificate_counts_where_its_chain_and_its_name_do(string role, string host, string options, string? problem)
    {
        string query = options.Replace("{ca}", _directory.Combine("ca.pem"), StringComparison.Ordinal)
            .Replace("{other}", _directory.Combine("other.pem"), StringComparison.Ordinal);
        (int exitCode, string output, string error) = await AldisProcess.ShellAsync("exec \"$A\" store check \"$H\"", Address(role, host) + query);
        Assert.True(exitCode == (problem is null ? ExitCode.Confirmed : ExitCode.NetworkError), output + error);
        Assert.Contains(problem ?? "a server can keep messages there", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("umask 077; echo '*:*:*:secret:hunter2' > pass; PGPASSFILE=pass exec \"$A\" store check \"$H\"", true)]
    [InlineData("umask 077; echo '*:*:*:secret:hunter3' > pass; PGPASSFILE=pass exec \"$A\" store check \"$H\"", false)]
    [InlineData("umask 077; echo '*:*:*:secret:hunter2' > .pgpass; HOME=$PWD exec \"$A\" store check \"$H\"", true)]
    [InlineData("PGPASSWORD=hunter2 exec \"$A\" store check \"$H\"", true)]
    [InlineData("HOME=$PWD exec \"$A\" store check \"$H\"", false)]
    public async Task A_password_comes_from_a_file_or_the_environment_and_is_never_shown(string script, bool isRight)
    {
        (int exitCode, string output, string error) = await AldisProcess.ShellAsync(script, Address("secret", "127.0.0.1"));
        Assert.True(exitCode == (isRight ? ExitCode.Confirmed : ExitCode.NetworkError), output + error);
        Assert.Contains(isRight ? "a server can keep messages there" : "assword", output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_this_machine_is_reached_through_its_socket()
    {
        (int exitCode, string output, string error) =
            await AldisProcess.ShellAsync("exec \"$A\" store check \"$H\"", Address("server", Uri.EscapeDataString(_data)));

        Assert.True(exitCode == ExitCode.Confirmed, output + error);
        Assert.Contains($"{_data}/.s.PGSQL.{_node!.Port}", output, StringComparison.Ordinal);
    }

    private Task<string> ReadAsync(string file) => File.ReadAllTextAsync(_directory.Combine(file), TestContext.Current.CancellationToken);

    private string Address(string role, string host) =>
        string.Create(CultureInfo.InvariantCulture, $"postgres://{role}@{host}:{_node!.Port}/store_template");
}

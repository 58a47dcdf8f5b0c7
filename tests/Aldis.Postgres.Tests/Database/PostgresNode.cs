using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Aldis.Postgres.Tests.Database;

/// <summary>One server process of PostgreSQL 15, an ordinary user's, on a free port of this machine.</summary>
internal sealed class PostgresNode
{
    private const string Programs = "/usr/lib/postgresql/15/bin";

    private readonly string _directory;
    private readonly string _name;

    /// <summary>A node whose files are in a directory under its name.</summary>
    /// <param name="directory">A directory of <see cref="MakeDirectory"/>.</param>
    /// <param name="name">The node's name, as a standby's the one that its primary knows it by.</param>
    public PostgresNode(string directory, string name)
    {
        _directory = directory;
        _name = name;
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Port = ((IPEndPoint)free.LocalEndPoint!).Port;
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Whether there is a PostgreSQL on this machine.</summary>
    public static bool IsThere => File.Exists($"{Programs}/initdb");

    /// <summary>Skips the test where there is no PostgreSQL; in CI that is a failure.</summary>
    public static void Require()
    {
        if (!IsThere)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "PostgreSQL 15 is missing: apt-get install postgresql-15");
            Assert.Skip("PostgreSQL 15 is missing: apt-get install postgresql-15");
        }
    }

    /// <summary>Makes a directory in which nodes of the user who runs them may be.</summary>
    public static string MakeDirectory()
    {
        string directory = Directory.CreateTempSubdirectory("aldis-postgres-").FullName;
        Run("chmod 777 " + directory, isRoot: false);
        return directory;
    }

    /// <summary>How a database of it is reached, as the one who may do everything.</summary>
    public string Address(string database) => string.Create(
        CultureInfo.InvariantCulture,
        $"Host=127.0.0.1;Port={Port};Username=owner;Database={database};Pooling=false;GSS Encryption Mode=Disable");

    /// <summary>Makes it anew.</summary>
    public void Create() => Run($"{Programs}/initdb -D {_directory}/{_name} -U owner -A trust -E UTF8 --locale=C --no-sync");

    /// <summary>Makes it a standby, with a copy of what another node has.</summary>
    public void CopyFrom(PostgresNode primary) => Run(string.Create(
        CultureInfo.InvariantCulture,
        $"{Programs}/pg_basebackup -D {_directory}/{_name} -R -N -c fast -X stream -d '{Connection(primary)}'"));

    /// <summary>Has it follow another primary from its next start on.</summary>
    public void Follow(PostgresNode primary) => Run(string.Create(
        CultureInfo.InvariantCulture,
        $"touch {_directory}/{_name}/standby.signal && "
            + $"echo \"primary_conninfo = '{Connection(primary)}'\" >> {_directory}/{_name}/postgresql.auto.conf"));

    /// <summary>Has it ask a role for its password.</summary>
    public void AskPasswordOf(string role) => Run($"sed -i '1i host all {role} 127.0.0.1/32 scram-sha-256' {_directory}/{_name}/pg_hba.conf");

    /// <summary>Gives it a certificate and its key, in PEM; <c>-c ssl=on</c> uses them.</summary>
    public void Certify(string certificate, string key) => Run(
        $"umask 077; cat > {_directory}/{_name}/server.crt <<'END'\n{certificate}\nEND\ncat > {_directory}/{_name}/server.key <<'END'\n{key}\nEND");

    /// <summary>Starts it; it answers when this returns.</summary>
    /// <param name="settings">Further settings, <c>-c NAME=VALUE</c> each.</param>
    public void Start(string settings = "") => Run(string.Create(
        CultureInfo.InvariantCulture,
        $"{Programs}/pg_ctl -D {_directory}/{_name} -l {_directory}/{_name}.log -w "
            + $"-o '-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_directory} {settings}' start > {_directory}/{_name}.start 2>&1"));

    /// <summary>Ends it as a crash does: nothing is written any more.</summary>
    public void Crash() => Run($"{Programs}/pg_ctl -D {_directory}/{_name} -m immediate -w stop");

    /// <summary>Makes it the primary; it writes when this returns.</summary>
    public void Promote() => Run($"{Programs}/pg_ctl -D {_directory}/{_name} -w promote");

    private static void Run(string command) => Run(command, Environment.UserName == "root");

    private static void Run(string command, bool isRoot)
    {
        var start = new ProcessStartInfo(isRoot ? "runuser" : "sh")
        {
            UseShellExecute = false,
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])(isRoot ? ["-u", "postgres", "--", "sh", "-c", command] : ["-c", command]))
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}: {output}{error.GetAwaiter().GetResult()}");
    }

    private string Connection(PostgresNode primary) =>
        string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={primary.Port} user=owner application_name={_name}");
}

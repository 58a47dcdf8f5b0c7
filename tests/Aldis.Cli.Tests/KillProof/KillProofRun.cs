using Aldis.Cli.Tests.Server;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// 8 native and 8 plain clients send numbered messages to a server that is killed with SIGKILL again and again; in the end what the clients
/// were told is compared with what the journal holds.
/// </summary>
/// <param name="data">An empty data directory.</param>
/// <param name="seed">Determines when the server and the clients are killed, as far as the machine allows.</param>
/// <param name="level">The server's level.</param>
internal sealed class KillProofRun(string data, int seed, string level = "durable")
{
    private const string Service = "messages/tcp";
    private const int ClientsOfEachForm = 8;
    private const int MostAcknowledgementsPerLife = 4000;
    private const int StartsPerEarlyKill = 8;
    private const int LongestStartMilliseconds = 400;

    private readonly Random _random = new(seed);
    private readonly string[] _words = ["messages=127.0.0.1:0", "--quiet", "--data", data, "--level", level];
    private readonly ProofNetwork _network = new();
    private readonly ProofAccount[] _accounts =
    [
        .. Enumerable.Range(1, ClientsOfEachForm).Select(number => new ProofAccount($"native-{number}", isNative: true)),
        .. Enumerable.Range(1, ClientsOfEachForm).Select(number => new ProofAccount($"plain-{number}", isNative: false)),
    ];

    private readonly List<string> _problems = [];

    /// <summary>Runs the proof.</summary>
    /// <param name="kills">How often the server is killed.</param>
    /// <param name="cancellationToken">The end of all patience.</param>
    public async Task<ProofResult> RunAsync(int kills, CancellationToken cancellationToken)
    {
        NativeProofClient[] natives =
            [.. _accounts.Where(account => account.IsNative).Select(account => new NativeProofClient(_network, account, _random.Next()))];
        PlainProofClient[] plains =
            [.. _accounts.Where(account => !account.IsNative).Select(account => new PlainProofClient(_network, account, _random.Next()))];
        Task clients = Task.WhenAll(
            [.. natives.Select(client => client.RunAsync(cancellationToken)), .. plains.Select(client => client.RunAsync(cancellationToken))]);
        for (int kill = 0; kill < kills; kill++)
        {
            await ServeUntilKilledAsync(clients, cancellationToken);
        }

        await using (AldisProcess last = await AldisProcess.ServeAsync(_words))
        {
            _network.ServerCame(last.EndPoints[Service]);
            _network.Finish();
            await clients.WaitAsync(cancellationToken);
        }

        _problems.AddRange(natives.Where(client => client.Problem is not null).Select(client => client.Problem!));
        ReadJournal();
        return new ProofResult
        {
            Seed = seed,
            Kills = kills,
            ClientKills = natives.Sum(client => client.Kills) + plains.Sum(client => client.Kills),
            Acknowledged = _accounts.Sum(account => account.Acknowledged),
            Stored = _accounts.Sum(account => account.Stored),
            Lost = _accounts.Sum(account => account.Lost),
            Duplicates = _accounts.Where(account => account.IsNative).Sum(account => account.Repeats),
            OutOfOrder = _accounts.Sum(account => account.OutOfOrder),
            PlainRepeats = _accounts.Where(account => !account.IsNative).Sum(account => account.Repeats),
            Problems = _problems,
        };
    }

    /// <summary>One life of the server. Now and then it is killed before it serves, while it recovers.</summary>
    private async Task ServeUntilKilledAsync(Task clients, CancellationToken cancellationToken)
    {
        if (_random.Next(StartsPerEarlyKill) == 0)
        {
            await using AldisProcess starting = AldisProcess.Start(readsError: true, ["serve", .. _words]);
            await Task.Delay(_random.Next(LongestStartMilliseconds), cancellationToken);
            return;
        }

        await using AldisProcess server = await AldisProcess.ServeAsync(_words);
        Task reached = _network.WaitForAcknowledgementsAsync(_random.Next(1, MostAcknowledgementsPerLife), cancellationToken);
        _network.ServerCame(server.EndPoints[Service]);
        if (await Task.WhenAny(reached, clients) == clients)
        {
            await clients;
            throw new InvalidOperationException("All clients gave up.");
        }

        await reached;
        Thread.SpinWait(_random.Next(100_000));
        await server.KillAsync();
        _network.ServerGoes();
    }

    private void ReadJournal()
    {
        string directory = Path.Combine(data, "journal");
        JournalVerification verification = JournalReader.Verify(directory, FileStorage.Instance);
        _problems.AddRange(verification.Problems);
        if (verification.Damage is not null)
        {
            _problems.Add(verification.Damage.ToString());
        }

        Dictionary<string, ProofAccount> accounts = _accounts.ToDictionary(account => account.Name, StringComparer.Ordinal);
        using var reader = new JournalReader(directory, FileStorage.Instance, new JournalQuery());
        while (reader.TryRead(out JournalMessage? message))
        {
            if (ProofMessage.TryRead(message.Payload.Span, out string client, out long item)
                && accounts.TryGetValue(client, out ProofAccount? account)
                && message.Client == (account.IsNative ? client : string.Empty))
            {
                account.Store(item);
            }
            else
            {
                _problems.Add($"a record of '{message.Client}' number {message.Sequence} is nothing that was sent");
            }
        }
    }
}

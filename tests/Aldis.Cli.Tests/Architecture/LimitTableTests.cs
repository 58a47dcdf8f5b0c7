using System.CommandLine;
using System.Reflection;
using Aldis.Cli.Conversations;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;
using Aldis.Transports.Arq;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>The table of limits in docs/ARCHITECTURE.md says what the code has: a default that changes changes the table.</summary>
public sealed class LimitTableTests
{
    // One line for each row, in the table's order.
    private static readonly LimitRow[] Rows =
    [
        new("open connections", "ConnectionLimits.MaxConnections", "ConnectionLimits.MaxUnixConnections", "ConnectionLimits.MaxConnectionsPerAddress"),
        new("the last places for connections", "ConnectionQuota.ShareOfLast"),
        new("connections admitted", "ConnectionLimits.AcceptRate", "ConnectionLimits.AcceptRatePerAddress", "AcceptRates.Burst"),
        new(
            "handshakes under way",
            "ConnectionLimits.MaxHandshakes",
            "ConnectionLimits.MaxHandshakesPerAddress",
            "ConnectionLimits.UnitTimeout"),
        new("answers to SYNs", "EndpointOptions.StatelessRepliesPerSecond", "EndpointOptions.StatelessRepliesPerSecond / 4"),
        new("further connections of an `arq` listener", "ConversationServer.RefusalRoom"),
        new("a listener that died", "ReopenBackoff.MostTries", "ReopenBackoff.Delays", "ReopenBackoff.WellAfter"),
        new("memory of what is received", "ConnectionLimits.MaxMemoryBytesPerAddress", "ReceiveMemoryOptions.MostBytes"),
        new(
            "near these bounds",
            "ReceiveAccount.ShortBytes",
            "ReceiveAccount.TasteBytes",
            "ChunkPool.ChunkSize",
            "ReceiveBudget.SlowBytesPerSecond",
            "MovementMeter.Window"),
        new("unused blocks that a thread", "BlockPool.MaxFreeBlocks", "MemoryReturn.Period"),
        new("unused blocks that are kept for TLS", "UpperMemoryPool.MaxFreeBlocks", "UpperMemoryPool.BlockBytes", "MemoryReturn.Period"),
        new("silence of an `arq` peer", "ConnectionOptions.IdleTimeoutNs", "ArqDefaults.KeepAliveNs"),
        new("unused buffers that an `arq` listener keeps", "EndpointOptions.PooledBytes"),
        new("file descriptors", "DescriptorBudget.Reserved", "DescriptorBudget.MostFiles"),
        new("a message that is under way", "ConnectionLimits.MinDataRate", "MovementMeter.Window"),
        new("idle connection", "ConnectionLimits.IdleTimeout"),
        new("header, or preface", "ConnectionLimits.UnitTimeout"),
        new("notice before a certificate expires", "CertificateWatch.Notice", "CertificateWatch.Period"),
        new("TLS handshake", "ServerTls.HandshakeTimeout"),
        new("servers of a data directory"),
        new("message", "MessageStoreOptions.MaxMessageBytes") { IsWhole = true },
        new("messages of one client", "ConnectionLimits.MessageRate", "MessageQuota.Burst", "ConnectionLimits.MessageBytesPerDay"),
        new("messages of one connection that came at once", "FairTurn.Messages"),
        new("clients without a connection", "MessageQuotas.MostRemembered"),
        new("segment of the journal", "JournalOptions.SegmentBytes"),
        new("age and size of the journal"),
        new("age of a client's mark", "JournalWriter.ForgetNanoseconds", "JournalWriter.MostForgottenAtOnce"),
        new("disagreement of wall clock", "SegmentAges.JumpNanoseconds", "SegmentAges.AgreementNanoseconds", "SegmentAges.AgreementNanoseconds"),
        new("clients with a mark", "JournalOptions.MaxClients", "MarkCodec.MaxLength"),
        new("new client ids of one sender", "ConnectionLimits.MaxNewClients", "ConnectionLimits.NewClientRate"),
        new("senders of new client ids", "NewClientQuota.MostSenders"),
        new("modes of what is created", "FileStorage.OwnFile", "FileStorage.OwnDirectory"),
        new("messages a native client may have outstanding", "MessageStoreOptions.Window"),
        new("unread answers of a plain client", "PlainConnection.MaxUnanswered"),
        new("records waiting for the journal", "JournalOptions.MaxQueuedBytesPerAppender", "JournalOptions.MaxQueuedBytes"),
        new("messages waiting for a database", "StoreQueueOptions.MaxQueuedBytesPerAppender", "StoreQueueOptions.MaxQueuedBytes"),
        new("wait for a database", "StoreQueueOptions.Patience", "Lanes.Patience"),
        new("free space of the journal's disk", "MessageStoreOptions.FreeSpaceFloorBytes"),
        new("unsent output of a connection"),
        new("what is still read from a connection that was refused", "LingeringClose.Quiet", "LingeringClose.AtMost"),
        new("what connections have under way", "ServeVerb.Grace"),
        new("greeting of a plain file", "GreetingParser.MaxLength"),
        new("manifest of a native transfer", "FilesService.MaxEntries", "FilesService.MaxManifestBytes", "FilesService.MaxManifestMemory"),
        new("one transfer of `aldis copy`", "NativeCopy.EntriesAtOnce", "NativeCopy.NameBytesAtOnce"),
        new("piece of a file that is followed", "FollowRule.MaxPieceBytes", "FollowRule.FullPieceBytes", "FollowRule.PieceTime", "FollowRule.GraceTime"),
        new("pattern of `--include`", "PathPattern.MaxLength"),
        new("answers of the datagram echo", "EchoOptions.DefaultDatagramsPerSecond", "EchoOptions.DefaultDatagramsPerSecond / 10"),
        new("datagram", "DatagramLimits.MaxPayload"),
        new("packet of a Unix socket", "PacketSocket.MostSentBytes", "PacketSocket.MostReceivedBytes"),
        new("echoes of datagrams", "EchoEngine.MaxWaiting"),
        new("free space of the disk of received files", "InboxOptions.FreeSpaceFloor"),
        new("received files that wait", "InboxCommit.MostQueued", "InboxCommit.MostTogether", "InboxCommit.LeastSyncedByAll"),
        new("path of a native file", "FileLimits.MaxPathBytes", "PathRule.MaxDepth", "PathRule.MaxComponentBytes"),
        new("received files in all", "InboxQuota.CountAge"),
        new("native file that waits", "IncomingTransfer.SmallBytes"),
        new("native file that is not whole", "InboxOptions.PartAge", "PartSweep.Period", "InboxOptions.SyncBytes", "InboxOptions.MostUnsyncedBytes"),
        new(
            "memory in which what comes of native files",
            "TransferBlocks.BlockBytes",
            "TransferBlocks.MostBlocks",
            "ChunkGathering.MostSmallChunk",
            "ChunkGathering.SmallBytes",
            "TransferBlocks.TrimPeriod"),
        new("threads that wait for the disk", "FileInbox.FileThreads", "FileInbox.SyncThreads", "DiskThreads.MostRest"),
        new("clients, or connections, of a relay", "RelayOptions.MaximumClients"),
        new("silence of a client of a relay", "RelayOptions.IdleNs"),
        new("what is on its way in a relay", "RelayOptions.MaximumHeldBytes"),
        new("bytes of a connection on their way", "RelayOptions.MaximumHeldStreamBytes"),
        new("end of a connection that a relay closes", "StreamRelayConnection.CloseTime"),
        new("proxies of the API", "LinkApiOptions.MaxProxies", "ToxicChain.MaxToxics"),
        new(
            "request to that API",
            "ApiBody.MaxBytes",
            "ApiBody.MaxNameLength",
            "LinkApiServer.MaxConnections",
            "LinkApiServer.HeaderTimeout",
            "LinkApiServer.IdleTimeout"),
        new("token of that API", "LinkFiles.MaxTokenLength"),
        new("script of a link", "LinkScript.MaxLength", "LinkScript.MaxSteps"),
        new("file of profiles", "LinkProfiles.MaxBytes"),
        new("log of decisions", "DecisionReplay.MaxDecisions", "DecisionLine.MaxBytes"),
        new("payload in a display line", "PrintableText.DisplayLimit"),
        new("events of one second", "EventScreen.MostLines"),
        new("refusals told", "RefusalSummary.Pause", "RefusalSummary.MostReasons"),
        new("refusals and faults that wait", "LoggedEvents.MostQueued"),
        new("events that wait for a follower", "EventHub.DefaultCapacity"),
        new("events kept for a follower", "EventHub.DefaultRetained"),
        new("session of the dashboard", "SessionCookie.Lifetime"),
        new("file of tokens", "TokenFile.MaxBytes", "TokenFile.MaxLineBytes"),
        new("wrong tokens", "TokenAttempts.AtOnce", "TokenAttempts.Pause"),
        new("dashboard connections", "DashboardServer.MostConnections", "DashboardServer.MostBodyBytes", "DashboardServer.MostHeaderBytes"),
        new("connections and headers of a request for health", "AdminServer.MostConnections", "AdminServer.MostHeaderBytes"),
        new("what the dashboard remembers", "ServerWatch.KeptEvents", "RateHistory.Length", "ServerWatch.KeptClients"),
        new("clients in one answer of the dashboard", "ClientsApi.Most", "ClientsApi.Period"),
        new("writes of a stream of the dashboard", "ServerSentEvents.Pace", "ServerSentEvents.FloodPace"),
        new("trace that `lab --grade` judges", "TraceReader.MostBytes", "TraceReader.MostLines"),
        new("program at one side of the laboratory", "PeerEngine.MostDatagrams", "PeerEngine.MostBytesUnderWay"),
        new(
            "requests that a ping remembers",
            "PingSession.Window",
            "PingRun.QueueLength",
            "ConnectionPinger.MostAttempts"),
        new("frames waiting to be shown", "LiveTrace.QueueLength"),
    ];

    private static readonly LimitTable Table = new(Rows, [.. Options()]);

    [Fact]
    public void Every_number_in_the_table_of_limits_is_the_codes_and_every_place_is_there() =>
        Assert.Empty(Table.WrongWith(ArchitectureDocument.Read()));

    [Theory]
    [InlineData("| 15,000 over networks, ", "| 15,001 over networks, ", "says 15,001")]
    [InlineData("| 10 s | `ConnectionLimits.UnitTimeout` |", "| 10 min | `ConnectionLimits.UnitTimeout` |", "says 10 min")]
    [InlineData("| 65,507 bytes |", "| 64 KiB |", "says 64 KiB")]
    [InlineData("| 0600 and 0700;", "| 0640 and 0700;", "says 0640")]
    [InlineData("| 65,507 bytes |", "| 65,507 bytes, 100 a second |", "2 numbers")]
    [InlineData("`DatagramLimits.MaxPayload`", "`DatagramLimits.LongestPayload`", "which is not there")]
    [InlineData("`--retain-age`", "`--retain-time`", "which is not there")]
    [InlineData("`--max-connections`", "`--connections`", "which is not there")]
    [InlineData("`?keepalive=`", "`?keep=`", "which is not there")]
    [InlineData("| datagram |", "| coins in the meter | 3 | `Meter` |\n| datagram |", "checked by 0 rows")]
    [InlineData("| idle connection |", "| idle link |", "no row of the table begins with 'idle connection'")]
    public void A_table_that_says_something_else_is_caught(string right, string wrong, string expected)
    {
        string document = ArchitectureDocument.Read();
        Assert.Contains(right, document, StringComparison.Ordinal);
        string[] faults = [.. Table.WrongWith(document.Replace(right, wrong, StringComparison.Ordinal))];
        Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Options()
    {
        var console = new CommandConsole { Input = Stream.Null, Output = Stream.Null, Error = TextWriter.Null };
        Command serve = ServeVerb.Create(new VerbContext(console, CancellationToken.None, CancellationToken.None));
        IEnumerable<string> ofServe = serve.Options.Select(static option => option.Name);
        IEnumerable<string> ofConversations = KnownConversations.All.SelectMany(static each => each.AddressOptions.Select(static option => option.Name));
        var ofArq = (string[])typeof(ArqAddressOptions).GetField("ListenerOptions", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        return ofServe.Concat(ofConversations.Concat(ofArq).Select(static name => $"?{name}="));
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Trials;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Trials;

/// <summary>A trial over streams.</summary>
/// <param name="options">What is tried.</param>
/// <param name="server">The other side.</param>
/// <param name="place">Where it is reached.</param>
/// <param name="outcome">Takes what is found.</param>
internal sealed class StreamTrial(TrialOptions options, TrialServer server, EndPoint place, TrialOutcome outcome)
{
    private const int PieceBytes = 1_024;
    private const int PiecesPerWrite = 128;
    private const int PiecesPerSlowWrite = 8;
    private const int MostConnections = 20;

    /// <summary>How long what was sent may still take to arrive.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan SlowDrainTime = TimeSpan.FromMilliseconds(100);

    private readonly TrialTimes _times = TrialTimes.OfStreams(options.Duration);
    private readonly byte[] _message = new byte[options.MessageBytes];
    private readonly byte[] _answer = new byte[options.MessageBytes];
    private CancellationToken _cancellation;

    /// <summary>Runs it; what blocks, blocks the caller's thread.</summary>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        TrialPiece.Write(_message, TrialUse.Echo, 0);
        await OpenConnectionsAsync(_times.Connecting).ConfigureAwait(false);
        await WithinAsync(_times.WarmUp + _times.RoundTrips, MeasureRoundTripsAsync).ConfigureAwait(false);
        outcome.Transfer = await SendAsync(TrialUse.Sink, PiecesPerWrite, _times.Transfer).ConfigureAwait(false);
        outcome.SlowReader = await SendAsync(TrialUse.SlowSink, PiecesPerSlowWrite, _times.SlowReader).ConfigureAwait(false);
        outcome.Failure ??= outcome.Connecting.Count == 0 ? TrialFailure.NotOpened : null;
    }

    private async Task OpenConnectionsAsync(TimeSpan time)
    {
        var clock = new TrialClock();
        for (int i = 0; i < MostConnections && (i == 0 || clock.Elapsed < time); i++)
        {
            // One answer, so that the other side has it behind it before the next.
            await WithinAsync(options.Duration, (channel, _) => AskAsync(channel, number: 0)).ConfigureAwait(false);
        }
    }

    /// <summary>Sends a small message and waits for its answer.</summary>
    /// <returns>Whether that was the same.</returns>
    private async Task<bool> AskAsync(TrialChannel channel, long number)
    {
        TrialPiece.Renumber(_message, number);
        await channel.WriteAsync(_message).ConfigureAwait(false);
        for (int read = 0; read < _answer.Length;)
        {
            int length = await channel.ReadAsync(_answer.AsMemory(read)).ConfigureAwait(false);
            read += length > 0 ? length : throw new EndOfStreamException("the other side ended it");
        }

        return _answer.AsSpan().SequenceEqual(_message);
    }

    private async Task MeasureRoundTripsAsync(TrialChannel channel, long end)
    {
        await MeasureRoundTripsAsync(channel, end - (long)_times.RoundTrips.TotalNanoseconds, new TrialOutcome()).ConfigureAwait(false);
        await MeasureRoundTripsAsync(channel, end, outcome).ConfigureAwait(false);
    }

    private async Task MeasureRoundTripsAsync(TrialChannel channel, long end, TrialOutcome found)
    {
        var clock = new TrialClock();
        try
        {
            for (long number = 0; MonotonicClock.NowNs < end; number++)
            {
                long sentAt = MonotonicClock.NowNs;
                bool isSame = await AskAsync(channel, number).ConfigureAwait(false);
                found.RoundTrips.Record(MonotonicClock.NowNs - sentAt);
                found.RoundTripsCorrupted += isSame ? 0 : 1;
            }
        }
        finally
        {
            found.RoundTripTime = clock.Elapsed;
        }
    }

    private async Task<TransferOutcome> SendAsync(TrialUse use, int piecesPerWrite, TimeSpan time)
    {
        var sink = new TrialSink { PieceBytes = PieceBytes };
        server.Sink = sink;
        byte[] block = new byte[PieceBytes * piecesPerWrite];
        for (int i = 0; i < piecesPerWrite; i++)
        {
            TrialPiece.Write(block.AsSpan(i * PieceBytes, PieceBytes), use, 0);
        }

        long sent = 0;
        TransferOutcome? transfer = null;
        var clock = new TrialClock();
        await WithinAsync(
            time,
            async (channel, end) =>
            {
                clock = new TrialClock();
                end = clock.At(time);
                while (MonotonicClock.NowNs < end)
                {
                    for (int i = 0; i < piecesPerWrite; i++)
                    {
                        TrialPiece.Renumber(block.AsSpan(i * PieceBytes), sent + i);
                    }

                    await channel.WriteAsync(block).ConfigureAwait(false);
                    sent += piecesPerWrite;
                }

                transfer = TransferOutcome.When(sink, sent, clock);
                channel.FinishWriting();
                Task patience = Task.Delay(use == TrialUse.Sink ? DrainTime : SlowDrainTime, _cancellation);
                await Task.WhenAny(sink.Finished, patience).ConfigureAwait(false);
            }).ConfigureAwait(false);

        // A sender that was held back to the end was broken off there: what it had sent counts.
        transfer ??= TransferOutcome.When(sink, sent, clock);
        return transfer.Settled(sink.Ledger, isStream: true);
    }

    /// <summary>Opens a connection, does something over it, and breaks it off when the time is over, whatever it waits for.</summary>
    private async Task WithinAsync(TimeSpan time, Func<TrialChannel, long, Task> body)
    {
        var clock = new TrialClock();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        deadline.CancelAfter(time + DrainTime);
        long began = MonotonicClock.NowNs;
        try
        {
            using TrialChannel channel = await ConnectAsync(deadline.Token).ConfigureAwait(false);
            outcome.Connecting.Record(MonotonicClock.NowNs - began);
            using CancellationTokenRegistration end = deadline.Token.Register(static channel => ((TrialChannel)channel!).Dispose(), channel);
            await body(channel, clock.At(time)).ConfigureAwait(false);
        }
        catch (Exception exception) when (TrialFailure.IsOfConnection(exception))
        {
            _cancellation.ThrowIfCancellationRequested();
            if (!deadline.IsCancellationRequested)
            {
                outcome.Failure ??= TrialFailure.Describe(exception);
            }
        }
    }

    private async Task<TrialChannel> ConnectAsync(CancellationToken cancellationToken)
    {
        if (options.Transport >= TrialTransport.ArqStopAndWait)
        {
            string mode = options.Transport switch
            {
                TrialTransport.ArqStopAndWait => "stop-and-wait",
                TrialTransport.ArqGoBackN => "go-back-n",
                _ => "selective-repeat",
            };
            ConnectionOptions asked = ArqAddressOptions.ForClient(EndpointAddress.Parse($"arq://{place}?mode={mode}"));
            var target = new ArqEndPoint((IPEndPoint)place, asked);
            return new ArqChannel(await ArqStream.ConnectAsync(target, cancellationToken: cancellationToken).ConfigureAwait(false));
        }

        var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        using CancellationTokenRegistration end = cancellationToken.Register(static socket => ((Socket)socket!).Dispose(), socket);
        try
        {
            socket.Connect(place);
            if (place is IPEndPoint)
            {
                socket.NoDelay = true;
            }

            return options.Transport == TrialTransport.Tls ? Authenticate(socket) : new SocketChannel(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private TlsChannel Authenticate(Socket socket)
    {
        byte[] expected = options.Certificate!.GetCertHash();
        var tls = new SslStream(
            new NetworkStream(socket),
            leaveInnerStreamOpen: false,
            (_, shown, _, _) => shown?.GetCertHash().AsSpan().SequenceEqual(expected) == true);
        tls.AuthenticateAsClient("localhost");
        return new TlsChannel(tls, socket);
    }
}

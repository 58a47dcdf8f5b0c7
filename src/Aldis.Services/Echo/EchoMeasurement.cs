using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Measurement;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Packets;

namespace Aldis.Services.Echo;

/// <summary>
/// Measures round trips against an echo server. On streams each connection runs in lock step: one message is under way at a time and
/// each reply is compared with what was sent. On datagrams, an interval keeps several under way where the payload has room for a number
/// (16 bytes), so that loss, duplicates and reordering can be told apart; otherwise they too run in lock step.
/// </summary>
internal sealed class EchoMeasurement
{
    private readonly EndpointAddress _address;
    private readonly EchoMeasurementOptions _options;
    private readonly bool _isDatagrams;
    private readonly EchoRecorder _recorder;

    /// <summary>Prepares a measurement; nothing is opened yet.</summary>
    /// <param name="address">The server; the port is 12345 where it names none.</param>
    /// <param name="options">What to send.</param>
    /// <exception cref="ArgumentException">
    /// The options do not go together, see <see cref="WhyNot"/>.
    /// </exception>
    public EchoMeasurement(EndpointAddress address, EchoMeasurementOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        _address = address;
        _options = options;
        _isDatagrams = address.Scheme == TransportScheme.Udp;
        if (WhyNot(address, options) is string reason)
        {
            throw new ArgumentException(reason, nameof(options));
        }

        bool isNumbered = _isDatagrams && options.Payload is null && options.Size >= ProbePayload.MinSize;
        _recorder = new EchoRecorder(options, isNumbered);
    }

    /// <summary>Says why something cannot be measured: options that do not go together or with the address.</summary>
    /// <param name="address">The server.</param>
    /// <param name="options">What to send.</param>
    /// <returns>A sentence, or null where nothing is wrong.</returns>
    public static string? WhyNot(EndpointAddress address, EchoMeasurementOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        bool isDatagrams = address.Scheme == TransportScheme.Udp;
        return options switch
        {
            { Count: < 0 } => "The count is 0 (no end) or more.",
            { Size: < 0 } => "The size is 0 bytes or more.",
            { Connections: < 1 } => "There is at least one connection.",
            { Connections: > 1 } when isDatagrams => "Datagrams have no connections: several are for tcp, tls and unix.",
            { MessageSize: > DatagramLimits.MaxPayload } when isDatagrams =>
                $"A datagram carries at most {DatagramLimits.MaxPayload} bytes.",
            { MessageSize: > PacketSocket.MostSentBytes } when address.Scheme == TransportScheme.UnixDatagram =>
                $"A datagram carries at most {PacketSocket.MostSentBytes} bytes here.",
            { MessageSize: 0 } when !isDatagrams => "A stream carries no empty message: nothing would come back.",
            _ when options.Interval < TimeSpan.Zero => "The interval is not negative.",
            _ => null,
        };
    }

    /// <summary>Runs to the end of the count. What was measured is in <see cref="Summarize"/> also where this throws.</summary>
    /// <param name="cancellationToken">Ends the measurement.</param>
    /// <returns>
    /// A task that ends with the last reply, or for datagrams with the end of the wait for it: what is lost shows in the summary only.
    /// </returns>
    /// <exception cref="CommunicationException">
    /// The first failure of a connection, which ends all others: nobody listens, no reply in time (streams), something else came back (on
    /// datagrams, where the message does not carry a number).
    /// </exception>
    public Task RunAsync(CancellationToken cancellationToken = default) => _isDatagrams
        ? new DatagramEchoRun(_address, _options, _recorder).RunAsync(cancellationToken)
        : RunStreamsAsync(cancellationToken);

    /// <summary>What was found so far; safe to call while the measurement runs.</summary>
    /// <returns>A snapshot.</returns>
    public EchoMeasurementSummary Summarize() => _recorder.Summarize();

    private async Task RunStreamsAsync(CancellationToken cancellationToken)
    {
        // Connected first, measured then: the load begins with all connections at once.
        var clients = new List<EchoClient>(_options.Connections);
        try
        {
            for (int index = 0; index < _options.Connections; index++)
            {
                clients.Add(await EchoClient.ConnectAsync(_address, _options, cancellationToken).ConfigureAwait(false));
            }

            using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            long start = EchoRecorder.Now;
            ExceptionDispatchInfo? first = null;
            Task[] running = [.. clients.Select((client, index) => RunOneAsync(client, index))];
            await Task.WhenAll(running).ConfigureAwait(false);
            first?.Throw();

            async Task RunOneAsync(EchoClient client, int index)
            {
                await Task.Yield();
                try
                {
                    // Shifted against each other, so that connections with an interval do not all send at the same instant.
                    long shift = (long)(_options.Interval.TotalNanoseconds * index / _options.Connections);
                    var schedule = new SendSchedule(start + shift, _options.Interval);
                    await RunConnectionAsync(client, index, schedule, failed.Token).ConfigureAwait(false);
                }
                catch (Exception exception)
                {
                    // The first failure is the cause; the others only follow from it.
                    Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(exception), null);
                    await failed.CancelAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            foreach (EchoClient client in clients)
            {
                await client.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task RunConnectionAsync(EchoClient client, int index, SendSchedule schedule, CancellationToken cancellationToken)
    {
        byte[] message = _options.Payload?.ToArray() ?? new byte[_options.Size];
        byte[] reply = new byte[message.Length];
        bool isNumbered = _options.Payload is null && message.Length >= ProbePayload.MinSize;
        if (isNumbered)
        {
            ProbePayload.Write(message, (ulong)index, 0);
        }

        for (long sequence = 0; _options.Count == 0 || sequence < _options.Count; sequence++)
        {
            if (isNumbered)
            {
                // The number makes each message differ from the one before, so that an old reply is not taken for a new one.
                ProbePayload.Renumber(message, sequence);
            }

            long sentAt = await schedule.WaitAsync(sequence, cancellationToken).ConfigureAwait(false);
            _recorder.RecordSent(sentAt);
            await JudgeAsync(client.ExchangeAsync(message, reply, cancellationToken), isSent: true).ConfigureAwait(false);
            _recorder.RecordReply(index, sequence, sentAt, reply);
        }

        await JudgeAsync(new ValueTask(client.FinishAsync(cancellationToken)), isSent: false).ConfigureAwait(false);
    }

    /// <summary>Enters what becomes of a message where that is no reply: something else came, or the measurement was broken off.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask JudgeAsync(ValueTask conversing, bool isSent)
    {
        try
        {
            await conversing.ConfigureAwait(false);
        }
        catch (CommunicationException exception) when (exception.Failure == CommunicationFailure.Integrity)
        {
            _recorder.RecordCorrupted();
            throw;
        }
        catch (OperationCanceledException) when (isSent)
        {
            _recorder.RecordUnderWay();
            throw;
        }
    }
}

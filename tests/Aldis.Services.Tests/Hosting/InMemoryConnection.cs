using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Aldis.Services.Tests.Hosting;

/// <summary>
/// A connection without a socket. Its pipes have Kestrel's thresholds and run their continuations inline, so that a handler has done
/// everything it can when <see cref="Send(ReadOnlyMemory{byte})"/> returns, on the test's own thread.
/// </summary>
internal sealed class InMemoryConnection : ConnectionContext, IDisposable
{
    public const int InputLimit = 1024 * 1024;
    public const int OutputLimit = 64 * 1024;

    private readonly Pipe _toServer = InlinePipe(InputLimit);

    private readonly Pipe _toClient = InlinePipe(OutputLimit);

    public InMemoryConnection() => Transport = new Duplex(_toServer.Reader, _toClient.Writer);

    public override string ConnectionId { get; set; } = "memory";

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    /// <summary>The reason the server's side aborted with; null while it did not.</summary>
    public string? AbortReason { get; private set; }

    /// <summary>The handler's run, once <see cref="Serve"/> began it.</summary>
    public Task Handling { get; private set; } = Task.CompletedTask;

    public ServedConnection Served { get; private set; } = null!;

    /// <summary>Begins to serve this connection.</summary>
    public ServedConnection Serve(
        ConnectionHandler handler,
        IServiceEvents? events = null,
        ConnectionLimits? limits = null,
        HandshakeQuota? handshakes = null,
        Func<bool>? othersWait = null)
    {
        Served = new ServedConnection(
            this, "test", "test peer", 1, limits ?? ConnectionLimits.Default, events ?? NoServiceEvents.Instance, TimeSpan.Zero)
        {
            Handshakes = handshakes,
            DoOthersWait = othersWait ?? FairTurn.DoOthersWait,
        };
        Features.Set(Served);
        Handling = RunAsync(handler);
        return Served;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        AbortReason = abortReason.Message;
        _toServer.Writer.Complete(abortReason);
        _toClient.Reader.CancelPendingRead();
    }

    /// <summary>Sends bytes as one segment.</summary>
    /// <returns>False where the server stopped taking more: the bytes are there and the next must wait.</returns>
    public bool Send(ReadOnlyMemory<byte> bytes)
    {
        ValueTask<FlushResult> flush = _toServer.Writer.WriteAsync(bytes);
        bool taken = flush.IsCompleted;
        _ = flush.AsTask();
        return taken;
    }

    public bool Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    public void FinishWriting() => _toServer.Writer.Complete();

    public void Reset() => _toServer.Writer.Complete(new ConnectionResetException("reset by the test"));

    /// <summary>What one receive would give: everything that was flushed and not yet taken.</summary>
    public byte[] ReceiveOnce()
    {
        if (!_toClient.Reader.TryRead(out ReadResult read))
        {
            return [];
        }

        byte[] bytes = read.Buffer.ToArray();
        _toClient.Reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }

    public string ReceiveTextOnce() => Encoding.UTF8.GetString(ReceiveOnce());

    /// <summary>Waits for an answer that another thread may give, such as that of a journal.</summary>
    /// <param name="length">Bytes to wait for; fewer are returned where the server ends the stream.</param>
    public async Task<string> ReceiveTextAsync(int length)
    {
        ReadResult read = await _toClient.Reader.ReadAtLeastAsync(length, new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
        string text = Encoding.UTF8.GetString(read.Buffer);
        _toClient.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    /// <summary>Hands each flush of the server to <paramref name="flushed"/> as it happens, until the handler ends.</summary>
    public async Task WatchFlushesAsync(Action<byte[]> flushed)
    {
        while (true)
        {
            ReadResult read = await _toClient.Reader.ReadAsync();
            if (!read.Buffer.IsEmpty)
            {
                flushed(read.Buffer.ToArray());
            }

            _toClient.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                return;
            }
        }
    }

    /// <summary>The client leaves.</summary>
    public void Dispose()
    {
        _toServer.Writer.Complete();
        _toClient.Reader.Complete();
    }

    private static Pipe InlinePipe(int limit) => new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: limit,
        useSynchronizationContext: false));

    private async Task RunAsync(ConnectionHandler handler)
    {
        try
        {
            await handler.OnConnectedAsync(this);
        }
        finally
        {
            await _toServer.Reader.CompleteAsync();
            await _toClient.Writer.CompleteAsync();
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}

using System.Net;
using Aldis.Services.Events;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Listening;

namespace Aldis.Services.Hosting;

/// <summary>One socket of datagrams of a server, bound anew when its listener dies.</summary>
internal sealed class DatagramSite : IAsyncDisposable
{
    private readonly ListenSite _site;
    private readonly IServiceProvider _services;
    private readonly IServiceEvents _events;
    private readonly Reopening _reopening;
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource<Exception> _death = NewDeath();
    private IDatagramListener _listener;
    private Task _watching = Task.CompletedTask;

    /// <summary>Binds; nothing is received before <see cref="Start"/>.</summary>
    /// <param name="site">What is served.</param>
    /// <param name="endPoint">Where.</param>
    /// <param name="services">The application's services.</param>
    /// <param name="events">Who is told what happens.</param>
    /// <param name="time">The clock of the pauses before it is bound anew.</param>
    /// <param name="watch">Is told of its death; makes what it needs of where this is bound.</param>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public DatagramSite(
        ListenSite site,
        EndPoint endPoint,
        IServiceProvider services,
        IServiceEvents events,
        TimeProvider time,
        Func<BoundEndpoint, IListenerWatch> watch)
    {
        _site = site;
        _services = services;
        _events = events;
        _listener = Bind(endPoint);
        Bound = new BoundEndpoint(
            site.Conversation.Name, EndpointAddress.SchemeName(site.Address.Scheme), ListenAddresses.NetworkEndPoint(_listener.EndPoint));
        _reopening = new Reopening(time, watch(Bound));
    }

    /// <summary>Where it is bound.</summary>
    public BoundEndpoint Bound { get; }

    /// <summary>Begins to receive.</summary>
    public void Start()
    {
        _listener.Start();
        _watching = WatchAsync(_stop.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private static TaskCompletionSource<Exception> NewDeath() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IDatagramListener Bind(EndPoint endPoint)
    {
        TaskCompletionSource<Exception> death = _death = NewDeath();
        return _site.Conversation.Datagrams!(new DatagramPlace(_site.Address, _services, endPoint, _events, defect =>
        {
            _events.Publish(new ServiceEvent(ServiceEventKind.Fault, _site.Conversation.Name, endPoint.ToString()!)
            {
                Cause = ServiceEventCause.TransportFault,
                Detail = defect.ToString(),
            });
            death.TrySetResult(defect);
        }));
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                Exception defect = await _death.Task.WaitAsync(stop).ConfigureAwait(false);
                if (await _reopening.ReopenAsync(_listener.EndPoint, defect, _listener, _ => OpenAgainAsync(), stop).ConfigureAwait(false)
                    is not { } next)
                {
                    return;
                }

                _listener = next;
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async ValueTask<IDatagramListener> OpenAgainAsync()
    {
        IDatagramListener listener = Bind(_listener.EndPoint);
        try
        {
            listener.Start();
            return listener;
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

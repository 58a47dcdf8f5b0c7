using System.Net;
using Aldis.Services.Events;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Hosting;

/// <summary>What a <see cref="Conversation"/> is told of a socket of datagrams it is to bind.</summary>
/// <param name="Address">The address, with its options.</param>
/// <param name="Services">The application's services; empty where there is no application.</param>
/// <param name="EndPoint">Where to bind.</param>
/// <param name="Events">Who is told what happens.</param>
/// <param name="Fault">Is to be told of a defect that ended the listener, which is then bound anew.</param>
internal sealed record DatagramPlace(
    EndpointAddress Address, IServiceProvider Services, EndPoint EndPoint, IServiceEvents Events, Action<Exception> Fault)
    : ConversationPlace(Address, Services);

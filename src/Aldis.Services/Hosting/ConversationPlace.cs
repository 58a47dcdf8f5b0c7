using Aldis.Transports.Addresses;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Services.Hosting;

/// <summary>What a <see cref="Conversation"/> is told of an address it is to serve.</summary>
/// <param name="Address">The address, with its options.</param>
/// <param name="Services">The application's services; empty where there is no application.</param>
public record ConversationPlace(EndpointAddress Address, IServiceProvider Services)
{
    /// <summary>A service that the conversation cannot do without.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <returns>The service.</returns>
    /// <exception cref="InvalidOperationException">It is not among the services; the message says what to do.</exception>
    public T Need<T>()
        where T : class => Services.GetService<T>() ?? throw new InvalidOperationException(
            $"{Address} cannot be served without a {typeof(T).Name}: add one to the services of the application.");
}

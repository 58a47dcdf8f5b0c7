using System.Globalization;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Services.Hosting;

/// <summary>
/// What a server takes from the application it runs in, where its options leave room: the clock, who is told what happens, and limits from
/// the section <see cref="Section"/> of the configuration, so that whoever runs the application may change them without building it.
/// </summary>
internal static class ServerSurroundings
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Aldis";

    private const int MostPerSecond = 1_000_000;

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(365);

    /// <summary>Completes options.</summary>
    /// <param name="options">What the code of the application says.</param>
    /// <param name="services">The application.</param>
    /// <returns>The options to be used.</returns>
    /// <exception cref="FormatException">The configuration has a limit that is none; the message names it.</exception>
    public static ServerOptions Complete(ServerOptions options, IServiceProvider services) => options with
    {
        Time = ReferenceEquals(options.Time, TimeProvider.System) ? services.GetService<TimeProvider>() ?? options.Time : options.Time,
        Events = options.Events is NoServiceEvents ? services.GetService<IServiceEvents>() ?? options.Events : options.Events,
        Limits = services.GetService<IConfiguration>()?.GetSection(Section) is { } section ? Read(section, options.Limits) : options.Limits,
    };

    private static ConnectionLimits Read(IConfigurationSection section, ConnectionLimits limits) => new()
    {
        MaxConnections = Count(section, nameof(limits.MaxConnections), limits.MaxConnections),
        MaxConnectionsPerAddress = Count(section, nameof(limits.MaxConnectionsPerAddress), limits.MaxConnectionsPerAddress),
        MaxUnixConnections = Count(section, nameof(limits.MaxUnixConnections), limits.MaxUnixConnections),
        AcceptRate = Count(section, nameof(limits.AcceptRate), limits.AcceptRate, MostPerSecond),
        AcceptRatePerAddress = Count(section, nameof(limits.AcceptRatePerAddress), limits.AcceptRatePerAddress, MostPerSecond),
        MaxHandshakes = Count(section, nameof(limits.MaxHandshakes), limits.MaxHandshakes),
        MaxHandshakesPerAddress = Count(section, nameof(limits.MaxHandshakesPerAddress), limits.MaxHandshakesPerAddress),
        MaxMemoryBytes = Size(section, nameof(limits.MaxMemoryBytes), limits.MaxMemoryBytes),
        MaxMemoryBytesPerAddress = Size(section, nameof(limits.MaxMemoryBytesPerAddress), limits.MaxMemoryBytesPerAddress),
        MaxNewClients = Count(section, nameof(limits.MaxNewClients), limits.MaxNewClients),
        NewClientRate = Count(section, nameof(limits.NewClientRate), limits.NewClientRate, MostPerSecond),
        MessageRate = Count(section, nameof(limits.MessageRate), limits.MessageRate, MostPerSecond),
        MessageBytesPerDay = Size(section, nameof(limits.MessageBytesPerDay), limits.MessageBytesPerDay),
        MinDataRate = Count(section, nameof(limits.MinDataRate), limits.MinDataRate, MostPerSecond),
        IdleTimeout = Time(section, nameof(limits.IdleTimeout), limits.IdleTimeout),
        UnitTimeout = Time(section, nameof(limits.UnitTimeout), limits.UnitTimeout),
    };

    private static int Count(IConfigurationSection section, string name, int otherwise, int most = int.MaxValue)
    {
        if (section[name] is not { } text)
        {
            return otherwise;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 && count <= most
            ? count
            : throw Wrong(
                name,
                text,
                most == int.MaxValue ? "a whole number from 1 on" : string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {most}"));
    }

    private static long Size(IConfigurationSection section, string name, long otherwise)
    {
        if (section[name] is not { } text)
        {
            return otherwise;
        }

        return Quantity.TryParseSize(text, out long size) && size >= ConnectionLimits.LeastMemoryBytes
            ? size
            : throw Wrong(name, text, "a size from 1M on, such as 256M");
    }

    private static TimeSpan Time(IConfigurationSection section, string name, TimeSpan otherwise)
    {
        if (section[name] is not { } text)
        {
            return otherwise;
        }

        return Quantity.TryParseDuration(text, out TimeSpan time, LongestTimeout) && time > TimeSpan.Zero
            ? time
            : throw Wrong(name, text, "a time with its unit such as 10s or 1h");
    }

    private static FormatException Wrong(string name, string text, string allowed) =>
        new($"the configuration has {Section}:{name} = '{text}': write {allowed}.");
}

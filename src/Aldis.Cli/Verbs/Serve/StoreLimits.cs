using Aldis.Services.Inbox;
using Aldis.Services.Messages;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>What bounds what is stored.</summary>
/// <param name="MaxMessageBytes">Bytes of the longest message (<see cref="MessageStoreOptions.MaxMessageBytes"/>).</param>
/// <param name="MaxClients">Client ids of messages (<see cref="MessageStoreOptions.MaxClients"/>).</param>
/// <param name="FreeSpaceFloorBytes">Free space below which nothing is stored (<see cref="MessageStoreOptions.FreeSpaceFloorBytes"/>,
/// <see cref="InboxOptions.FreeSpaceFloor"/>).</param>
internal sealed record StoreLimits(int MaxMessageBytes, int MaxClients, long FreeSpaceFloorBytes);
